"""Which labels may publish nothing new for a time, by a decision that others made. What is on sale stays as it is.

Verbs: pausing.pause, pausing.lift, pausing.refuse_paused. Only `claims` pauses anybody.
"""
