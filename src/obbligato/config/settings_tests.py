"""The store's settings as the test suite runs them: a throw-away data folder and a fast password hash."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = tempfile.mkdtemp(prefix="obbligato-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["OBBLIGATO_DATA"] = _folder
OF_THE_RUN = Path(os.environ.setdefault("OBBLIGATO_TESTS", _folder))
"""What all processes of one run share: the folder of the one that started the others."""
# NumPy's threads wait busily for one another: on shared cores that takes many times as long as one thread does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from obbligato.config.settings import *  # noqa: E402, F403
from obbligato.config.settings import DATABASES, STORAGES  # noqa: E402

PAGE_AGE_SECONDS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A thread that kept its connection would keep a test database from being removed.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, so that threads share it as they do in a real store; a test database need not survive a power cut.
    DATABASES["default"] |= {
        "TEST": {"NAME": str(OF_THE_RUN / "test.sqlite3")},
        "OPTIONS": {
            **DATABASES["default"]["OPTIONS"],
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;",
        },
    }
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}"}
