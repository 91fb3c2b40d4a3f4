"""What a person keeps for later, and the link by which others may see it.

Verbs: keeping.keep, keeping.drop, looking.page_of, opening.open_to_all. It must never sell or promise a price.
"""
