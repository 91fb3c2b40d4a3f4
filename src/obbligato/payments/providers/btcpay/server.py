"""One store on a BTCPay Server, over its Greenfield API: each request once, within a total time. It judges nothing.

https://docs.btcpayserver.org/API/Greenfield/v1/
"""

import json
import re
from functools import partial
from typing import Any

import requests

from obbligato.payments import reaching
from obbligato.payments.calling import CONNECT_SECONDS, TOTAL_SECONDS, within
from obbligato.payments.contract import NoAnswer
from obbligato.payments.contracts_file import Contract
from obbligato.payments.reaching import No

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
MOST_BYTES = 20_000_000


class Server:
    """A contract's server, store and key, and how long an answer is waited for."""

    def __init__(self, contract: Contract) -> None:
        self.address = reaching.address_of(contract, "server_address")
        self.store = contract.key("store_id")
        if not NAME.fullmatch(self.store):
            contract.refuse("needs store_id, as BTCPay Server shows it in the store's settings")
        self.deadline_seconds = TOTAL_SECONDS
        self._contract = contract
        contract.key("api_key")

    def get(self, *path: str, **query: str) -> Any:  # noqa: ANN401 – JSON, to be read by those who know what it is.
        """What is at that path. Raises NotSent, NoAnswer, No."""
        return self._asked("GET", path, params=query)

    def of_store(self, *path: str, **query: str) -> Any:  # noqa: ANN401
        """What is at that path of the store. Raises NotSent, NoAnswer, No."""
        return self._asked("GET", ("stores", self.store, *path), params=query)

    def post(self, *path: str, body: object) -> Any:  # noqa: ANN401
        """What came of sending that to a path of the store. Raises NotSent, NoAnswer, No."""
        return self._asked("POST", ("stores", self.store, *path), json=body)

    def _asked(self, verb: str, path: tuple[str, ...], **what: Any) -> Any:  # noqa: ANN401
        if not all(NAME.fullmatch(part) for part in path):
            raise NoAnswer
        url = "/".join([self.address, "api/v1", *path])
        status, body = within(
            partial(self._sent, verb, url, what), rail=self._contract.name, seconds=self.deadline_seconds
        )
        try:
            answer = json.loads(body, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            raise NoAnswer from None
        if 400 <= status < 500 and isinstance(answer, dict | list):
            raise No(status, *_words(answer))
        if status != 200:
            raise NoAnswer
        return answer

    def _sent(self, verb: str, url: str, what: dict[str, Any]) -> tuple[int, bytes]:
        headers = {"Authorization": f"token {self._contract.key('api_key')}", "Accept": "application/json"}
        timeout = (CONNECT_SECONDS, TOTAL_SECONDS)
        try:
            with (
                reaching.session(self._contract.name) as session,
                session.request(
                    verb, url, headers=headers, timeout=timeout, allow_redirects=False, stream=True, **what
                ) as answer,
            ):
                body = b"".join(_pieces(answer))
                return int(answer.status_code), body
        except requests.RequestException as failure:
            raise reaching.trouble_of(failure) from None


def _pieces(answer: requests.Response) -> list[bytes]:
    pieces, size = [], 0
    for piece in answer.iter_content(65_536):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise NoAnswer
    return pieces


def _words(answer: dict[str, Any] | list[Any]) -> tuple[str, str]:
    """What BTCPay Server says is wrong, and its code: a problem, or a list of what is wrong with each field."""
    first = answer if isinstance(answer, dict) else next((one for one in answer if isinstance(one, dict)), {})
    return str(first.get("message", "It refused without a word."))[:200], str(first.get("code", ""))
