"""Audio: owns what sound is, from a master on the disk to the bytes of a file that is sold.

Its verbs are inspect (accept or refuse a master), read (samples, exactly), encode (the audio without tags),
measure (the size before encoding) and copy (tags and container around encoded audio). Paths go in, bytes and
plain values come out. It must never know Django, a database, a price or a person, must never sell what it
could not read to the end, and must never let a demuxer guess what an upload is.
"""
