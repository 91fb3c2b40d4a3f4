"""Know a code again without keeping it: HMAC-SHA256 under keys derived from the store's secret. It looks nothing up."""

from django.utils.crypto import salted_hmac

from obbligato.payments.vouchers.codes import BITS, code_of

SALT = "obbligato.vouchers"
NUMBER_BYTES = (BITS + 7) // 8


def fingerprint(code: str) -> str:
    """What is kept of a code, as 64 hexadecimal digits. Another secret would end every voucher."""
    return salted_hmac(f"{SALT}.fingerprint", code, algorithm="sha256").hexdigest()


def code_under(key: str, number: str, place: int) -> str:
    """The code at a place of a batch. The same form sent twice gives it again; no one else can, for no one has its key.

    `key` is the random key (128 bits) of the form that makes the batch; the store keeps a hash of it at most.
    """
    made = salted_hmac(f"{SALT}.code", f"{number}:{place}:{key}", algorithm="sha256").digest()
    return code_of(int.from_bytes(made[:NUMBER_BYTES], "big") >> 8 * NUMBER_BYTES - BITS)
