"""What sells, and what is bought together: small tables, reckoned from purchases by upkeep and never for a page."""
