"""How often each track was heard, as a number a day. It must never know who listened."""
