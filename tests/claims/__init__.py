"""Claims of rights-holders: notices, regimes, decisions, escrow."""
