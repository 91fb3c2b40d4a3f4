"""Artists, releases, editions, recordings, masters; importing, publishing, search.

Verbs: importing.import_folder, publishing.publish, searching.search.
It must never know what anything costs, who may sell it, or who bought it.
"""
