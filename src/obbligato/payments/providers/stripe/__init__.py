"""Stripe: cards and SEPA debits, typed into Stripe's own fields on the store's page. It never sees either."""
