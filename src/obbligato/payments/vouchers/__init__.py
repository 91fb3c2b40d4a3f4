"""Vouchers, gift cards and bonuses on top-ups: value that enters a wallet by no rail.

Verbs: issuing.make, redeeming.redeem, gift_cards.buy, putting_back.put_back, freezing.freeze, ending.annul,
bonuses.grant.
It must never hear of orders, and never keeps a code: only what tells one again.
"""
