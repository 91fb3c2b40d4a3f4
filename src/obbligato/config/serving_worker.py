"""The application as the serving process loads it: with its encoders and its upkeep. Imported by nothing else."""

import gc
import resource

from obbligato.config.asgi import application as application  # isort: skip — it makes Django ready

from obbligato.config import encoders, upkeep

# Each download has a connection and an open file; the usual limit of 1,024 would end at 500 slow readers.
_, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))

encoders.start()
stop_upkeep = upkeep.start()

# What was loaded lives as long as the process: the collector need not look at it again with every page.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
