"""Paper about sales: receipts, invoices, credit notes, evidence of where a buyer lives and of what a payment was for.

Verbs: receipting.receipt_of, invoicing.issue, invoicing.credit, locating.note, locating.locate,
disputing.evidence.
It must never move money, nor change what was agreed.
"""
