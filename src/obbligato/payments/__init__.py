"""Ways money reaches us: attempts at providers, and what they answered.

Verbs: top_ups.start, top_ups.refresh, registry.providers_for.
It must never hear of orders: a payment only ever fills a wallet.
"""
