"""Codecs: owns the encoders, one module for each, all fed with blocks of samples and giving bytes.

Lossy codecs take float32 of full scale 1.0, lossless ones int32 in the copy's own depth, both (samples, channels).
It must never know a container, a tag, or where the bytes go.
"""
