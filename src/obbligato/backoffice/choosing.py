"""Take settings that were chosen at the desk: tried first, then kept, then the store starts anew with them.

Nothing is kept that the store would not start with.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from obbligato.kernel import kept_settings
from obbligato.kernel.refusals import Invalid

TRY = [sys.executable, "-c", "from django.conf import settings; settings.CURRENCY"]
TRY_SECONDS = 60
REASON = "ImproperlyConfigured: "
ANSWER_SECONDS = 0.5
"""Until then the page that answers is on its way."""


class BadChoice(Invalid):
    """The store would not start with it."""


def keep(values: Mapping[str, str]) -> None:
    """Keep these beside what was kept before; what the environment fixes is left out. Raises BadChoice."""
    kept = kept_settings.read(settings.SETTINGS_FILE)
    wanted = kept | {name: text for name, text in values.items() if name not in settings.FIXED_NAMES}
    if wanted == kept:
        return
    _try(wanted)
    kept_settings.write(settings.SETTINGS_FILE, wanted)
    if supervisor := multiprocessing.parent_process():
        threading.Timer(ANSWER_SECONDS, os.kill, (supervisor.pid, signal.SIGHUP)).start()


def _try(values: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="obbligato-settings-") as folder:
        file = Path(folder) / "store.toml"
        kept_settings.write(file, values)
        environment = os.environ | {"SETTINGS_FILE": str(file)}
        done = subprocess.run(TRY, env=environment, capture_output=True, text=True, timeout=TRY_SECONDS, check=False)
    if done.returncode:
        raise BadChoice(done.stderr.strip().splitlines()[-1].rpartition(REASON)[2])
