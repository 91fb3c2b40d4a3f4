"""Basket, pricing, checkout, what goes back of an order, and taking a label's folder into stock.

Verbs: quoting.quote, baskets.add, checkout.buy, checkout.pay, settling.settle, refunding.refund,
clawing_back.follow, stocking.stock_folder; exporting.csv_lines reads.
It must never take money from anywhere but a wallet, nor charge another price than was quoted.
"""
