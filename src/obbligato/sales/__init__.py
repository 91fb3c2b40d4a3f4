"""Basket, pricing, checkout, settlement of what was encoded smaller, and taking a label's folder into stock.

Verbs: quoting.quote, baskets.add, checkout.buy, checkout.pay, settling.settle, stocking.stock_folder.
It must never take money from anywhere but a wallet, nor charge another price than was quoted.
"""
