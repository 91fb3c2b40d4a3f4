"""Names this folder to Django."""

from django.apps import AppConfig


class SimulationConfig(AppConfig):
    name = "obbligato.simulation"
    verbose_name = "Simulation"
