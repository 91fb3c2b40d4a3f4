"""One account with Mollie: each call once, on a connection of its own, within a total time. It judges no answer."""

import re
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
TOKEN = re.compile(r"access_\w{8,}", re.ASCII)
Answer = TypeVar("Answer")


class Account:
    """A contract's key and address, and how long an answer is waited for."""

    def __init__(self, contract: Contract) -> None:
        self.address = reaching.address_of(contract, "api_address", ADDRESS)
        self.deadline_seconds = TOTAL_SECONDS
        self._contract = contract
        self.may_ask_for_balances = "organization_token" in contract.keys
        if self.may_ask_for_balances and not TOKEN.fullmatch(contract.key("organization_token")):
            contract.refuse("needs organization_token to begin with access_, or not at all")

    def call(self, act: Callable[[Client], Answer]) -> Answer:
        """What the act gives, which must only speak to the client. Raises NotSent, NoAnswer, No."""
        return self._within(act, self._as_profile)

    def call_for_organization(self, act: Callable[[Client], Answer]) -> Answer:
        """The same with the organisation's token, which sees what no profile's key does."""
        return self._within(act, self._as_organization)

    def _within(self, act: Callable[[Client], Answer], shown: Callable[[Client], None]) -> Answer:
        called = partial(self._called, act, shown)
        return within(called, rail=self._contract.name, seconds=self.deadline_seconds)

    def _called(self, act: Callable[[Client], Answer], shown: Callable[[Client], None]) -> Answer:
        try:
            with reaching.session(self._contract.name) as session:
                client = self._client(session)
                shown(client)
                return act(client)
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
        client._client = session  # The SDK takes it for its own, and so adds no retries to it.
        return client

    def _as_profile(self, client: Client) -> None:
        client.set_api_key(self._contract.key("api_key"))

    def _as_organization(self, client: Client) -> None:
        client.set_access_token(self._contract.key("organization_token"))
        client.set_testmode(self._contract.key("api_key").startswith("test_"))
