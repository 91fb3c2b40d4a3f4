"""On what basis a recording may be sold, where, until when, and who shares in it.

Verbs: licences.declare, licences.refusals, splits.declare_split, splits.shares_of.
It must never move money, and never hide why something is off sale.
"""
