"""What releases are listed under: genres, artists, labels, and all together; with counts, never counted for a page."""
