"""Mollie: card and bank payments on its page, through its SDK; its news only says which payment to look at."""
