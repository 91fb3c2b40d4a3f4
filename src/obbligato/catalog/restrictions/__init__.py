"""What may not be done with recordings for now, where, and by whose decision. Only a decision or an order restricts.

Verbs: imposing.impose, imposing.lift, in_effect.refusals. Payout is none of its effects.
"""
