"""Filters of the storefront's templates."""
