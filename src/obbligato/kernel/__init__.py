"""What every folder may lean on: money, refusals, the clock, the data folder. It knows no other folder."""
