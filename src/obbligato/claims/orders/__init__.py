"""Orders of courts and authorities, from the paper that was served to what it closes and the report of that.

Verbs: serving.serve, verifying.verify, verifying.ask_issuer, verifying.reject, forcing.note_force, ending.end_by,
expiring.expire_due.
A `CourtOrder` is also an authority's; an `Order` is what a buyer buys.
"""
