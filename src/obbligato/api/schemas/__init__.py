"""What goes in and comes out as JSON, with examples: the documentation page is made of these. No rules."""
