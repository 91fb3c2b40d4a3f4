"""The application as the serving process loads it: with its encoders and its upkeep. Imported by nothing else."""

import gc
import multiprocessing
import os
import resource
import signal
import threading

from obbligato.config.asgi import application as application  # isort: skip — it makes Django ready

from obbligato.config import encoders, upkeep, uploads

# Each download has a connection and an open file; the usual limit of 1,024 would end at 500 slow readers.
_, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))


def _end_with_supervisor() -> None:
    """However that ended: nothing else would free the port, or stop a worker that nobody holds any more."""
    if supervisor := multiprocessing.parent_process():
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=_end_with_supervisor, name="supervisor", daemon=True).start()
encoders.start()
stop_upkeep = upkeep.start()
stop_uploads = uploads.start()

# What was loaded lives as long as the process: the collector need not look at it again with every page.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
