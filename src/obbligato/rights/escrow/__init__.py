"""Whose shares are held, for which cause, until it is decided whose they are. It holds rows and moves no money.

Verbs are those of rights.holding; sales.withheld looks for these rows and moves the shares.
"""
