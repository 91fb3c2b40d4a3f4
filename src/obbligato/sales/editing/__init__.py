"""Drafts of the next edition of a release: kept while a label works on them, compared, shown, published together.

Verbs: drafting.open_draft, drafting.change, drafting.discard, drafting.catch_up, issuing.issue,
scheduling.schedule, scheduling.cancel, scheduling.issue_due. It must never change what is sold before it is told to.
"""
