"""Warn a supplier who often supplies manifestly illegal content, suspend her for a time, hear her appeal.

Verbs: suspending.warn, suspending.suspend, appealing.appeal, appealing.decide. A person decides; nothing is automatic.
"""
