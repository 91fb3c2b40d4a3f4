"""The application as the serving process loads it: with its upkeep. Imported by nothing else."""

from obbligato.config.asgi import application as application  # isort: skip — it makes Django ready

from obbligato.config import upkeep

stop_upkeep = upkeep.start()
