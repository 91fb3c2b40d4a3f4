"""The store's own bank account: statements read, each entry's money placed, transfers that go out.

Verbs: importing.import_file, assigning.to_attempt, assigning.to_person, assigning.send_back, outgoing.cancel.
It never speaks to a bank: an operator brings what the bank says as a file, and sends what leaves herself.
"""
