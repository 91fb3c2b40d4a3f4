"""Releases announced with a day, and orders paid ahead whose money stays the buyer's until it is out.

Verbs: announcing.announce, announcing.bring_out, holding.hold, holding.give_back, coming_out.come_out,
telling.tell_due.
"""
