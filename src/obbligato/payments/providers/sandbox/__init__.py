"""The sandbox processor: an outside company that moves no real money, so a store can be tried whole."""
