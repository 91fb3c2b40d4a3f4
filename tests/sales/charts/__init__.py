"""Charts and what is bought together."""
