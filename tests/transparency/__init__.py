"""The public log."""
