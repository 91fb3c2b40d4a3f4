"""Commands about the bank account."""
