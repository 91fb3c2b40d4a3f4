"""Obbligato: a music store that its owner runs, by the megabyte and encoded on demand."""
