"""HTML for buyers: views parse, call one verb and render. It must never hold a rule."""
