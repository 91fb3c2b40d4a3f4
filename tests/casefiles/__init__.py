"""Tests of case files: what they hold, that they come out the same again, that each altered byte is named."""
