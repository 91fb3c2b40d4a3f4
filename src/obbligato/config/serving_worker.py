"""The application as the serving process loads it: with its upkeep. Imported by nothing else."""

from obbligato.config import upkeep
from obbligato.config.asgi import application as application

stop_upkeep = upkeep.start()
