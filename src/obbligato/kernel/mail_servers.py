"""Read which server takes a store's mails, written as a URL: smtps:// (RFC 8314), or smtp:// with STARTTLS. Pure."""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

PORTS = {"smtps": 465, "smtp": 587}
HERE = {"localhost", "127.0.0.1", "::1"}
"""On this machine nothing is encrypted, for nothing leaves it."""


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed over, and who says so there."""

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @property
    def is_tls(self) -> bool:
        return self.scheme == "smtps"

    @property
    def is_starttls(self) -> bool:
        return self.scheme == "smtp" and self.host not in HERE

    @property
    def url(self) -> str:
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{login}{host}:{self.port}"


def mail_server(url: str) -> MailServer:
    """Raises ValueError with a sentence that follows the setting's name."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("must be smtps://user:password@host, or smtp://… for STARTTLS.")
    return MailServer(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
