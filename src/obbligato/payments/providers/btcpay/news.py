"""Read news of a BTCPay Server: who sent it, and of which invoice it is. What became of the invoice has to be asked.

The proof (`BTCPay-Sig`) covers the raw body but no time, so news can be played back for ever: that only makes us ask.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping

from obbligato.payments.contract import Event, Forged
from obbligato.payments.providers.btcpay.facts import REFERENCE

HEADER = "btcpay-sig"


def read(headers: Mapping[str, str], body: bytes, *, secrets: tuple[str, ...], store: str) -> Event:
    """What news says, if one of the secrets signed it for this store. Raises Forged.

    A redelivery is news of its own: that it comes again is a reason to ask again.
    """
    _refuse_forged(headers.get(HEADER, ""), body, secrets)
    try:
        said = json.loads(body)
        delivery, of_store = said["deliveryId"], said.get("storeId", store)
        invoice, metadata = said.get("invoiceId", ""), said.get("metadata") or {}
        key = metadata.get("orderId") or ""
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise Forged("It is no news of a BTCPay Server.") from None
    if of_store != store:
        raise Forged("It is of another store.")
    texts = (delivery, invoice, key)
    if not all(isinstance(one, str) for one in texts) or not delivery or (invoice and not REFERENCE.fullmatch(invoice)):
        raise Forged("It is no news of a BTCPay Server.")
    if not invoice:
        return Event(id=delivery, says_nothing=True)
    return Event(id=delivery, reference=invoice, idempotency_key=key)


def _refuse_forged(proof: str, body: bytes, secrets: tuple[str, ...]) -> None:
    """Every secret is tried, each in constant time, so that time tells nothing of them."""
    given = proof.encode(errors="replace")
    proofs = [f"sha256={hmac.new(one.encode(), body, hashlib.sha256).hexdigest()}".encode() for one in secrets]
    if sum([hmac.compare_digest(given, one) for one in proofs]) == 0:
        raise Forged("The signature is not right.")
