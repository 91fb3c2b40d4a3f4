"""Commands about the public log."""
