"""Each provider beside a double of its company, for the tests that every provider passes."""
