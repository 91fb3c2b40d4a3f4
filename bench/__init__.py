"""Side-by-side measurements against public tools in the same run; nothing here is a test."""
