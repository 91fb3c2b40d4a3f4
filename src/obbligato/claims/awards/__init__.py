"""Give what waits in escrow to a winner, as two persons say: one proposes it with what decides it, another confirms.

Verbs: awarding.propose, awarding.confirm, awarding.reject.
"""
