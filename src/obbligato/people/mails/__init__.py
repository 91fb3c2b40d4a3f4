"""Mails that wait, as rows: who has something to tell posts it, upkeep has it sent; nobody else speaks to the server.

Verbs: sending.post, sending.send_due, sending.send_now. It must never know what a mail says.
"""
