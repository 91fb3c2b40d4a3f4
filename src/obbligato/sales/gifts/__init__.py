"""Music bought for somebody else: it waits, paid, until whoever has its link takes it.

Verbs: giving.note, giving.take, giving.tell_due. It must never move money.
"""
