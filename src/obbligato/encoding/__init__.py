"""Audio on demand, part by part: cache, single flight, admission, eviction, and who encodes.

Verbs: renditions.rendition_of and Rendition.ask, preparing.prepare, known_sizes.remember, engine.tidy.
It must never know who listens, what was paid, or which tags a copy carries.
"""
