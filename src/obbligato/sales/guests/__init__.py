"""Buyers without an account: a person made for an e-mail address, and links by mail that open what she bought.

Verbs: buying.buy, welcoming.correct, links.guest_with, joining.put_on_shelf, claiming.choose_password,
telling.tell_due. It must never tell anyone whether an address has an account.
"""
