"""A label worth hearing, made by code: scores, instruments, covers and the folder a label would deliver.

Verb: `label.write_label`. It writes files only; it never touches the store's database and never fetches anything.
"""
