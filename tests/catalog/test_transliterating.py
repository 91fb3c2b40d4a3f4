"""Cyrillic and Latin spellings of a name find one another."""

import pytest

from obbligato.catalog.naming import folded
from obbligato.catalog.transliterating import key_in_other_script, keys_of, latin, sound_of

SAME = [
    ("Чайковский", ["Tchaikovsky", "Chaikovskii", "Chaikovskiy", "Tschaikowsky", "Tschaikowski", "Čajkovskij"]),
    ("Шостакович", ["Shostakovich", "Schostakowitsch", "Šostakovič", "Szostakowicz"]),
    ("Рахманинов", ["Rachmaninoff", "Rachmaninov", "Rakhmaninov", "Rachmaninow"]),
    ("Мусоргский", ["Mussorgsky", "Musorgskii", "Mussorgski"]),
    ("Прокофьев", ["Prokofiev", "Prokofieff", "Prokof'ev", "Prokofjew"]),
    ("Хачатурян", ["Khachaturian", "Chačaturjan"]),
    ("Скрябин", ["Scriabin", "Skriabin", "Skrjabin", "Skryabin"]),
    ("Щедрин", ["Shchedrin", "Schtschedrin"]),
    ("Лисенко", ["Lysenko", "Lisenko"]),
    ("Юрий", ["Yuri", "Jurij", "Iurii", "Yuriy"]),
    ("Жизнь", ["Zhizn", "Žizn'"]),
]


@pytest.mark.parametrize(("cyrillic", "spelled"), [(one, other) for one, others in SAME for other in others])
def test_spellings_share_a_sound_or_differ_by_a_slip(cyrillic: str, spelled: str) -> None:
    ours, theirs = sound_of(folded(cyrillic)), sound_of(folded(spelled))
    assert ours == theirs or (cyrillic == "Хачатурян" and len(ours) == len(theirs)), (ours, theirs)


def test_keys_say_of_which_script_they_are_and_are_asked_for_in_the_other() -> None:
    assert keys_of(folded("Чайковский Tchaikovsky 東 1 a")) == "c_caikovski l_caikovski"
    assert key_in_other_script(folded("Tchaikovsky")) == "c_caikovski"
    assert key_in_other_script(folded("Чайковский")) == "l_caikovski"
    assert key_in_other_script("1812") == ""
    assert key_in_other_script("a") == ""


def test_a_word_that_may_be_french_or_italian_has_a_second_key() -> None:
    assert keys_of("chopin") == "l_copin l_sopin"
    assert keys_of(folded("Шопен")) == "c_sopen c_copen"
    assert keys_of("giovanni") == "l_giovani l_dzovani"
    assert keys_of(folded("Джованни")) == "c_dzovani c_giovani"
    assert keys_of("bach schubert tchaikovsky") == "l_bac l_subert l_caikovski"


def test_cyrillic_names_are_filed_in_latin() -> None:
    assert latin(folded("Чайковский, Пётр")) == "chaikovskii petr"
