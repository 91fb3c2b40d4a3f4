"""Tests of standing: incidents, rulings, letters, and the way back."""
