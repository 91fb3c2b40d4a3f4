"""The process that listens, holds the one worker, and starts another where that died. It knows nothing of Django."""

import logging
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from obbligato.config.connections import Connection

STOP_SECONDS = 3
APPLICATION = "obbligato.config.serving_worker:application"
IDLE_SECONDS = 65
MOST_CONNECTIONS = 16_384


def supervise(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        APPLICATION,
        host=host,
        port=port,
        http=Connection,
        loop="asyncio",  # The one whose connections the kernel can send files into.
        ws="none",
        lifespan="off",
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_worker_healthcheck=60,
    )
    Multiprocess(config, sockets=[config.bind_socket()]).run()


if __name__ == "__main__":
    supervise(sys.argv[1], int(sys.argv[2]))
