"""Tests of the one rule by which mails are sent."""
