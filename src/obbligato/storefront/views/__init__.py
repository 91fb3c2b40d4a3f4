"""Views: parse, call one verb, render. No rule lives here."""
