"""What a buyer owns and may fetch: shelf, downloads, delivery (signed links, ranges, zips).

Verbs: shelf.shelf_of, downloads.link_for, delivery.routes.
It must never charge for anything, and never store a whole copy or zip on disk.
"""
