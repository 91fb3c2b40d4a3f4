"""Files that a label sends with a browser until they are taken in. It decodes none and imports none."""
