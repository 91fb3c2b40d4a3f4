"""The public log: what was done in public matters, in an order that nobody can change unseen.

Verbs: announcing.announce, appending.append, checkpoints.make, verifying.verify, exporting.export, forgetting.forget.
It must never know what an act means, and nothing waits for it: an act announces, the log follows.
"""
