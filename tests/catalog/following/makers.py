"""A mail server on loopback that can say no, fall silent or hang up, and keeps what it took."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much of SMTP (RFC 5321) as one mail needs. `refuses` is a verb it answers with 550; after `hangs_up`
    (the end of a mail) it takes the mail and goes away without a word."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[bytes] = []
        self.refuses = ""
        self.hangs_up = False


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast(MailServer, self.server)
        self._say("220 mail.example")
        while line := self.rfile.readline().decode():
            verb = line[:4].strip().upper()
            if verb == server.refuses:
                self._say("550 Not here")
            elif verb == "DATA":
                self._say("354 Go on")
                server.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                if server.hangs_up:
                    return
                self._say("250 Taken")
            elif verb == "QUIT":
                self._say("221 Bye")
                return
            else:
                self._say("250 mail.example")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def a_mail_server(settings: Any) -> Iterator[MailServer]:
    """The store's mails go there while this lasts."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server
        server.shutdown()
