"""Shares of sold lines that wait in escrow while a claim is open: where each is, and how it gets there and back.

Verbs: keeping.keep, keeping.follow. It never decides that something is held or whose it is; rights.holding does.
"""
