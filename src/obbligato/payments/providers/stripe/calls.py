"""Speak to one account at Stripe: one try, within one total time. It never guesses whether a request arrived."""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import stripe
import urllib3
from stripe._base_address import BaseAddresses

from obbligato.payments import calling, pausing
from obbligato.payments.contract import NoAnswer, NotSent

# Else the SDK writes a file outside of the store's folder, and tells Stripe what machine this is.
stripe.enable_telemetry = False

ODD_ANSWERS = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
"""What an answer that is no answer of Stripe's ends in, before or after the SDK makes objects of it."""
NEVER_LEFT = (
    urllib3.exceptions.NewConnectionError,  # Refused, no route, no such name.
    urllib3.exceptions.ConnectTimeoutError,
    ssl.SSLCertVerificationError,
)
"""No connection came about, so nothing was sent by it."""
PIECE_BYTES, MOST_BYTES = 65_536, 20_000_000
Answer = TypeVar("Answer")
V1 = stripe.V1Services


class Replayed(NoAnswer):
    """Stripe keeps the answer of a key for a day, also an answer that it failed, and gives it again and again."""


class Account:
    """One account. Its key is in the client and is never shown."""

    def __init__(
        self, key: str, *, rail: str, address: str = "", version: str = "", seconds: float = calling.TOTAL_SECONDS
    ) -> None:
        self._rail, self._seconds = rail, seconds
        self._http = _Http(rail, seconds)
        addresses: BaseAddresses = {"api": address} if address else {}
        self._client = stripe.StripeClient(
            key,
            stripe_version=version or None,
            base_addresses=addresses,
            max_network_retries=0,
            http_client=self._http,
        )

    def ask(self, call: Callable[[V1], Answer]) -> Answer:
        """What the call gives; it must make plain values of Stripe's objects.

        Raises NotSent where it is proven that nothing was sent, NoAnswer where Stripe may have done what was asked,
        and StripeError where it said no.
        """
        return calling.within(lambda: self._asked(call), rail=self._rail, seconds=self._seconds)

    def _asked(self, call: Callable[[V1], Answer]) -> Answer:
        try:
            return call(self._client.v1)
        except stripe.StripeError as trouble:
            if is_a_no(trouble):
                raise
            if any(isinstance(one, NEVER_LEFT) for one in _causes(trouble)):
                raise NotSent from trouble
            headers = {name.lower(): value for name, value in (trouble.headers or {}).items()}
            raise (Replayed if headers.get("idempotent-replayed") == "true" else NoAnswer) from trouble
        except ODD_ANSWERS as trouble:
            raise NoAnswer from trouble
        finally:
            self._http.close()  # type: ignore[no-untyped-call] # The connection belongs to this thread, which ends here.


class _Http(stripe.RequestsClient):
    """The SDK's own, which ends an answer that drips on for ever, so that its thread ends too; and notes pauses."""

    def __init__(self, rail: str, seconds: float) -> None:
        super().__init__(timeout=(min(calling.CONNECT_SECONDS, seconds), seconds))
        self._rail, self._seconds = rail, seconds

    def request(  # type: ignore[override]
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: object = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        ends = time.monotonic() + self._seconds
        raw, status, said = self.request_stream(method, url, headers, post_data)
        pausing.note(self._rail, status, said)
        found = bytearray()
        try:
            while piece := raw.read1(PIECE_BYTES, decode_content=True):
                found += piece
                if time.monotonic() > ends or len(found) > MOST_BYTES:
                    raise TimeoutError
        except (urllib3.exceptions.HTTPError, OSError) as trouble:
            raise stripe.APIConnectionError("The answer broke off.") from trouble  # type: ignore[no-untyped-call]
        finally:
            raw.close()
        return bytes(found), status, said


def is_a_no(trouble: stripe.StripeError) -> bool:
    """Whether Stripe itself refused, and so did nothing: an error object under a status of 400 to 499."""
    return trouble.error is not None and 400 <= (trouble.http_status or 0) < 500


def _causes(trouble: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = trouble
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
