"""Commands about case files."""
