"""A transfer from bank account to bank account, by the store's own statements and nobody else's word."""
