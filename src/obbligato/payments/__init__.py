"""Ways money reaches us: attempts at providers, and what they answered.

Verbs: top_ups.start, attempts.refresh, refunds.ask, crediting.give, disputes.note_fact, inbox.receive, rails.block.
It must never hear of orders: a payment only ever fills a wallet.
"""
