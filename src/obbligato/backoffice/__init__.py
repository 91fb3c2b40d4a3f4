"""HTML for label and operator: the admin, read-only where money stands. It must never hold a rule."""
