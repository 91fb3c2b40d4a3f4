"""Paper about sales: receipts, invoices, credit notes, and evidence of where a buyer lives.

Verbs: receipting.receipt_of, invoicing.issue, invoicing.credit, locating.note, locating.locate.
It must never move money, nor change what was agreed.
"""
