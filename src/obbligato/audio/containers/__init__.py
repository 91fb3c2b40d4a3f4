"""Containers: owns the bytes around encoded audio, one module for each file type, all pure.

Every module offers prefix(), what comes before the audio, and where the type asks for it suffix(). It must never
open a file, encode, or change a byte of the audio; only Ogg, whose pages carry their own number, renumbers them.
"""
