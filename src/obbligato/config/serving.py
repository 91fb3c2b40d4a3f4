"""Run the store: one supervisor and one worker process, pages on threads, bytes on the event loop."""

import os
import shutil
import socket
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from obbligato.catalog import tagging
from obbligato.kernel.refusals import Refused


class PortTaken(Refused):
    """Something else already listens there."""


def prepare() -> None:
    """Bring database and static files up to date: safe to repeat, quick when there is nothing to do."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    tagging.count_tag_bytes_again()
    marker = settings.STATIC_ROOT / ".made-from"
    state = _static_state()
    if not marker.is_file() or marker.read_text() != state:
        shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
        call_command("collectstatic", verbosity=0, interactive=False)
        marker.write_text(state)


def serve() -> None:
    """Serve until SIGTERM or Ctrl-C; open downloads are cut after a moment and resume by range later."""
    refuse_taken_port(settings.HOST, settings.PORT)
    # This process becomes the server's supervisor, which then holds nothing of Django in memory.
    supervisor = [sys.executable, "-m", "obbligato.config.supervisor", settings.HOST, str(settings.PORT)]
    os.execv(sys.executable, supervisor)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise PortTaken where the address is in use, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} on {host} is taken ({error.strerror}). Set PORT to another, for example PORT={port + 1}."
            ) from None


def _static_state() -> str:
    """Changes whenever a static file of ours or a version of a dependency does."""
    ours = Path(__file__).parent.parent
    files = [file for app in ("storefront", "backoffice", "api") for file in (ours / app / "static").rglob("*")]
    newest = max((file.stat().st_mtime for file in files if file.is_file()), default=0.0)
    from importlib.metadata import version

    return f"{newest}:{len(files)}:{version('django')}:{version('django-unfold')}:{version('django-htmx')}"
