"""How providers speak HTTP with `requests`: nothing is followed, nothing sent twice, and what a failure proves.

It knows no company and sends nothing by itself.
"""

import ipaddress
import ssl
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from obbligato.payments import pausing
from obbligato.payments.contract import NoAnswer, NotSent
from obbligato.payments.contracts_file import Contract

NEVER_LEFT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    ConnectTimeoutError,
    NewConnectionError,
    ssl.SSLCertVerificationError,
)
"""What can only happen before the first byte of a request is out: no name, nobody there, a strange certificate."""
DEEPEST = 8
LONGEST_LINK = 300


class No(Exception):
    """A company's definite no, as a status of HTTP; what was asked was not done."""

    def __init__(self, status: int, detail: str, code: str = "") -> None:
        super().__init__(detail)
        self.status, self.code = status, code


def session(rail: str) -> requests.Session:
    """For one call of a rail; it notes a pause that an answer asks for.

    No connection is kept that may have died meanwhile and would make a doubt of a sure thing. It follows no redirect,
    and neither proxies nor passwords of the environment change where keys go.
    """
    made = requests.Session()
    made.trust_env = False
    made.max_redirects = 0
    made.hooks["response"].append(partial(_note_pause, rail))
    return made


def trouble_of(failure: BaseException) -> NotSent | NoAnswer:
    """What a failed request means: that it certainly never left, or that only the company can say."""
    return NotSent() if any(isinstance(one, NEVER_LEFT) for one in _causes(failure, DEEPEST)) else NoAnswer()


def address_of(contract: Contract, key: str, default: str | None = None) -> str:
    """The address a contract names under that key, without a slash at its end.

    Raises BadContracts where it is no https: one; plain http: only where it is this machine.
    """
    text = contract.key(key, default).rstrip("/")
    try:
        parts = urlsplit(text)
        is_plain = bool(parts.hostname) and not (parts.username or parts.password or parts.query or parts.fragment)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname or ""))
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        is_plain = is_safe = is_port = False
    if not (is_plain and is_safe and is_port):
        contract.refuse(f"needs {key}, an address that begins with https:// and has neither a name nor a ? in it")
    return text


def is_this_machine(host: str) -> bool:
    """Whether a host's name or address is this machine's own (RFC 6761, clause 6.3; RFC 1122, clause 3.2.1.3)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_reachable(url: str) -> bool:
    """Whether a company could send news there: a public name, or a public address."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".test", ".invalid"))


def link_of(text: object, *, also_below: str) -> str:
    """A link from a company's answer that may be shown to a buyer; empty where it is none, or strange."""
    if not isinstance(text, str) or len(text) > LONGEST_LINK:
        return ""
    return text if text.startswith(("https://", f"{also_below}/")) else ""


def _note_pause(rail: str, answer: requests.Response, **_: object) -> None:
    pausing.note(rail, answer.status_code, answer.headers)


def _causes(failure: BaseException, depth: int) -> Iterator[BaseException]:
    yield failure
    inner = [*failure.args, getattr(failure, "reason", None), failure.__cause__]
    for one in inner if depth else []:
        if isinstance(one, BaseException):
            yield from _causes(one, depth - 1)
