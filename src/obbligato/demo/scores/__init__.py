"""Works in the public domain, written out as notes; each module holds one composer and never a sound."""
