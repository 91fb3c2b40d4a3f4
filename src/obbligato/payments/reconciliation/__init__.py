"""Where the store's books and its companies' differ: comparisons, and each difference until it is explained."""
