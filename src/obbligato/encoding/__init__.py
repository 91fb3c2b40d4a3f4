"""Essences on demand: cache, single flight, admission, eviction.

Verbs: essences.request, essences.ready, speeds.seconds_to_ready.
It must never know who listens, what was paid, or which tags a copy carries.
"""
