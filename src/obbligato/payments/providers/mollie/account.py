"""One account with Mollie: each call once, on a connection of its own, within a total time. It judges no answer."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import requests
from mollie.api.client import Client
from mollie.api.error import RequestError, ResponseError

from obbligato.payments import reaching
from obbligato.payments.calling import CONNECT_SECONDS, TOTAL_SECONDS, within
from obbligato.payments.contract import NoAnswer
from obbligato.payments.contracts_file import Contract
from obbligato.payments.reaching import No

ADDRESS = "https://api.mollie.com"
Answer = TypeVar("Answer")


class Account:
    """A contract's key and address, and how long an answer is waited for."""

    def __init__(self, contract: Contract) -> None:
        self.address = reaching.address_of(contract, "api_address", ADDRESS)
        self.deadline_seconds = TOTAL_SECONDS
        self._contract = contract

    def call(self, act: Callable[[Client], Answer]) -> Answer:
        """What the act gives, which must only speak to the client. Raises NotSent, NoAnswer, No."""
        return within(partial(self._called, act), seconds=self.deadline_seconds)

    def _called(self, act: Callable[[Client], Answer]) -> Answer:
        try:
            with reaching.session() as session:
                return act(self._client(session))
        except ResponseError as no:
            if isinstance(no.status, int) and 400 <= no.status < 500:
                raise No(no.status, str(no)) from None
            raise NoAnswer from None
        except RequestError as failure:
            raise reaching.trouble_of(failure.__context__ or failure) from None
        except Exception:  # The SDK trips over what is no answer of Mollie's: HTML, lists, missing words.
            raise NoAnswer from None

    def _client(self, session: requests.Session) -> Client:
        client = Client(api_endpoint=self.address, timeout=(int(CONNECT_SECONDS), int(TOTAL_SECONDS)), retry=0)
        client.set_api_key(self._contract.key("api_key"))
        client._client = session  # The SDK takes it for its own, and so adds no retries to it.
        return client
