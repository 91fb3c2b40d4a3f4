"""Commands about sales."""
