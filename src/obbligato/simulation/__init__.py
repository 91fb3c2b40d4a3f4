"""A whole store against a fake outside world, by a seed: money must come out right whatever goes wrong.

Verb: run.simulate. It runs the production code, with a clock, a processor and crashes of its own; never a real store's.
"""
