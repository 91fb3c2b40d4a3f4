"""Receipts, invoices and evidence."""
