"""Bring Cyrillic and Latin spellings of one word to one key, so that either finds the other. It is never shown.

Cyrillic letters are written in Latin as in BGN/PCGN and ALA-LC. The many ways in which English, German, French, Polish
and scientific (ISO 9) usage spell the same sounds are then made one: Чайковский, Chaikovskii, Tchaikovsky,
Tschaikowsky and Čajkovskij all become `caikovski`. What still differs by a letter is left to the search, which
forgives a slip. Words come folded (catalog.naming), without accents: й is и there, ё is е, č is c.
"""

import re
from functools import lru_cache

LATIN = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "к": "k", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts",
    "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "є": "ie", "і": "i", "ґ": "g", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "ch", "џ": "dzh", "ѕ": "dz",
})  # fmt: skip
SPELLINGS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("dzh", "dz"),
        ("tsch|tch", "c"),
        ("sch|sh|sz", "s"),
        ("zh", "z"),
        ("kh", "h"),
        ("ch(?=[mnl])", "h"),
        ("ch|cz", "c"),
        ("ck|c(?=[rlkt])", "k"),
        ("tz", "ts"),
        ("ph", "f"),
        ("th", "t"),
        ("x", "ks"),
        ("w", "v"),
        ("(?<=[oe])f+$", "v"),
        ("[yj]", "i"),
        (r"(.)\1+", r"\1"),
        ("ie", "e"),
    )
]
"""Applied in this order to a word in Latin letters; one letter for each sound is left."""
OTHER_READINGS = [
    (re.compile(pattern), letters)
    for pattern, letters in (
        ("(?<![ts])ch(?=[aeiouy])", "sh"),
        ("gi(?=[aou])", "dzh"),
        ("ш(?=[аеиоуыэюя])", "ч"),
        ("дж(?=[аоу])", "ги"),
    )
]
"""What French (Chopin, Шопен) and Italian (Giovanni, Джованни) read otherwise, from either script."""
IS_CYRILLIC = re.compile("[\u0400-\u04ff]")
IS_LATIN = re.compile("[a-z]")
OF_CYRILLIC, OF_LATIN = "c_", "l_"
"""What a key begins with in the index; no folded word holds a line below."""
LEAST_LETTERS = 2


def keys_of(text: str) -> str:
    """The keys of all words of a folded text, to be indexed beside it: each says of which script it is.

    A word that may be French or Italian has a second one. It is indexed, so that nothing more has to be looked for.
    """
    readings = (reading for word in text.split() for reading in dict.fromkeys((word, _read_otherwise(word))))
    return " ".join(key for one in readings if (key := _key(one, of_latin=OF_LATIN, of_cyrillic=OF_CYRILLIC)))


def key_in_other_script(word: str) -> str:
    """What a folded word typed in one script is looked for as in the other; empty where there is no use in it."""
    return _key(word, of_latin=OF_CYRILLIC, of_cyrillic=OF_LATIN)


def letters_of(word: str) -> str:
    """A word of the index, or a key without what says of which script it is."""
    return word.removeprefix(OF_CYRILLIC).removeprefix(OF_LATIN)


def latin(text: str) -> str:
    """A folded text with its Cyrillic letters written in Latin, for filing: чаиковскии under chaikovskii."""
    return text.translate(LATIN)


@lru_cache(maxsize=16_384)
def sound_of(word: str) -> str:
    """The one spelling that all spellings of a folded word share."""
    sound = latin(word)
    for pattern, letters in SPELLINGS:
        sound = pattern.sub(letters, sound)
    return sound


@lru_cache(maxsize=16_384)
def _read_otherwise(word: str) -> str:
    for pattern, letters in OTHER_READINGS:
        word = pattern.sub(letters, word)
    return word


def _key(word: str, *, of_latin: str, of_cyrillic: str) -> str:
    is_cyrillic = bool(IS_CYRILLIC.search(word))
    if not is_cyrillic and not IS_LATIN.search(word):
        return ""
    sound = sound_of(word)
    return (of_cyrillic if is_cyrillic else of_latin) + sound if len(sound) >= LEAST_LETTERS else ""
