"""Blind tests: the same ten seconds three times, coded less and less, and who can tell. No answer is kept here."""
