"""Commands of the store that no single folder owns."""
