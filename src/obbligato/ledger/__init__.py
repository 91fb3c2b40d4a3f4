"""Accounts, transfers and their audit. Nothing else in the store may change a balance.

Verbs: transfers.post, transfers.transfer, accounts.open_account, snapshots.take, audit.audit.
It must never know why money moves: orders, payments and people are for the folders above.
"""
