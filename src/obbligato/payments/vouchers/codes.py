"""Write and read the codes of vouchers: 95 bits and a check character in Crockford's base32. It knows no voucher.

The check is the parity of a Reed-Solomon code over GF(32): one wrong character, or any two changed for one another, is
seen.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32 (crockford.com/base32): no I, L, O or U."""
VALUES = {character: value for value, character in enumerate(ALPHABET)}
LENGTH = 20
BITS = 5 * (LENGTH - 1)
GROUP = 4
POLYNOMIAL = 0b100101
"""x⁵ + x² + 1: its root has order 31, more than a code has characters, so that each of them counts otherwise."""
MISREAD = str.maketrans("OIL", "011")
BETWEEN = str.maketrans("", "", " \t\r\n\u00a0-\u2010\u2011\u2012\u2013\u2014_.")
LONGEST_TYPED = 400


def code_of(number: int) -> str:
    """The code for a number of 95 bits, its check character last."""
    assert 0 <= number < 1 << BITS
    symbols = [number >> 5 * place & 31 for place in reversed(range(LENGTH - 1))]
    return "".join(ALPHABET[symbol] for symbol in [*symbols, _times_root(_parity(symbols))])


def read(text: str) -> str | None:
    """The code somebody typed, pasted or scanned, in capitals without spaces; None where it cannot be one.

    Lower case, spaces and hyphens do not matter; O is 0, I and L are 1.
    Of an address, what stands behind # or code= counts.
    """
    typed = text[:LONGEST_TYPED].rpartition("#")[2].rpartition("code=")[2]
    code = typed.translate(BETWEEN).upper().translate(MISREAD)
    if len(code) != LENGTH or not set(code) <= VALUES.keys():
        return None
    return code if _parity([VALUES[character] for character in code]) == 0 else None


def shown(code: str) -> str:
    """The code in groups of four, as it is printed and read out."""
    return "-".join(code[place : place + GROUP] for place in range(0, LENGTH, GROUP))


def _parity(symbols: list[int]) -> int:
    """The polynomial with these coefficients at the root (Horner)."""
    total = 0
    for symbol in symbols:
        total = _times_root(total) ^ symbol
    return total


def _times_root(symbol: int) -> int:
    doubled = symbol << 1
    return doubled ^ POLYNOMIAL if doubled & 32 else doubled
