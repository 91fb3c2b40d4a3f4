"""Tests of what a rail may carry for now."""
