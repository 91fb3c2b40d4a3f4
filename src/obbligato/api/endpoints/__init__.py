"""One module for each noun of the API: parse, call one verb, answer."""
