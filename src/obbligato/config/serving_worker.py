"""The application as the serving process loads it: with its upkeep. Imported by nothing else."""

import gc

from obbligato.config.asgi import application as application  # isort: skip — it makes Django ready

from obbligato.config import upkeep

stop_upkeep = upkeep.start()

# What was loaded lives as long as the process: the collector need not look at it again with every page.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
