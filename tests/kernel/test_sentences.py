"""A sentence is its English text, and knows enough to be said in another language."""

import json
import pickle
from datetime import date

from django.template import Context, Template
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from obbligato.kernel.languages import wanted
from obbligato.kernel.money import Money
from obbligato.kernel.refusals import Busy, Refused
from obbligato.kernel.sentences import Listed, Sentence, in_words, row_of, sentence_of

LANGUAGES = ("en", "fr", "ru")
VALUES = st.one_of(
    st.text(max_size=30),
    st.integers(),
    st.dates(min_value=date(1900, 1, 1)),
    st.builds(Money, st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "KWD"])),
)


def test_a_sentence_is_its_english_text() -> None:
    said = Sentence("Its licence ended on {day}.", day=date(2026, 3, 1))
    assert said == "Its licence ended on 1 March 2026."
    assert str(Refused("It costs {price} at least.", price=Money(1_200_000, "EUR"))) == "It costs €1.20 at least."


def test_amounts_days_and_numbers_are_written_as_in_the_language() -> None:
    said = Sentence("{day} {price} {count:,}", day=date(2026, 3, 1), price=Money(1_200_000, "EUR"), count=12_000)
    assert said == "1 March 2026 €1.20 12,000"
    assert said.said_in("fr") == "1 mars 2026 1,20\xa0€ 12\u202f000"
    assert said.said_in("ru") == "1 марта 2026 1,20\xa0€ 12\xa0000"


def test_a_sentence_within_a_sentence_is_said_in_the_same_language() -> None:
    inner = Sentence("It costs {price}.", price=Money(2_500_000, "EUR"))
    outer = Sentence("“{title}”: {reason}", title="Étude", reason=inner)
    assert outer == "“Étude”: It costs €2.50."
    assert "2,50\xa0€" in outer.said_in("fr")


def test_the_count_decides_between_one_and_many() -> None:
    def tracks(count: int) -> Sentence:
        return Sentence("{count} track", plural="{count} tracks", count=count)

    assert [tracks(1), tracks(2), tracks(0)] == ["1 track", "2 tracks", "0 tracks"]
    assert tracks(1).said_in("xx") == "1 track"


def test_what_somebody_typed_is_never_read_as_a_template() -> None:
    assert Sentence("{braces} and }") == "{braces} and }"
    assert Sentence("<{title}>", title="{other}").said_in("fr") == "<{other}>"
    assert in_words("{braces}") == "{braces}"


def test_no_sentence_stays_none_in_every_language() -> None:
    with translation.override("fr"):
        assert (Sentence().in_words(), in_words("")) == ("", "")


def test_without_a_language_it_is_english() -> None:
    with translation.override(None):
        assert Sentence("{day}", day=date(2026, 3, 1)).in_words() == "1 March 2026"


def test_a_template_shows_it_in_the_active_language_and_escapes_it() -> None:
    said = Sentence("{title} {price}", title="<b>", price=Money(1_200_000, "EUR"))
    with translation.override("fr"):
        assert Template("{{ said }}").render(Context({"said": said})) == "&lt;b&gt; 1,20\xa0€"


def test_it_may_go_to_another_process() -> None:
    said = Sentence("It costs {price}.", price=Money(1_200_000, "EUR"))
    again = pickle.loads(pickle.dumps(said))
    assert (again, again.said_in("fr")) == (said, said.said_in("fr"))


def test_a_refusal_takes_a_sentence_as_it_is() -> None:
    said = Sentence("{day}", day=date(2026, 3, 1))
    assert Refused(said).sentence is said
    busy = Busy("Please wait {minutes} min.", minutes=2, retry_after_seconds=120)
    assert (str(busy), busy.in_words(), busy.retry_after_seconds) == ("Please wait 2 min.", "Please wait 2 min.", 120)


@settings(max_examples=100)
@given(value=VALUES, language=st.sampled_from(LANGUAGES))
def test_whatever_a_value_is_it_can_be_said_in_each_language(value: object, language: str) -> None:
    said = Sentence("“{value}” is not known here.", value=value)
    assert said.said_in("en") == said
    assert said.said_in(language)


def test_several_sentences_can_be_one_value() -> None:
    ways = Listed((Sentence("Card"), Sentence("Bank transfer")))
    assert Sentence("{ways}", ways=ways) == "Card, Bank transfer"
    assert Sentence("{ways}", ways=ways).said_in("fr") == "Carte, Virement bancaire"


def test_a_language_is_that_of_the_cookie_else_the_first_that_is_asked_for() -> None:
    assert wanted("ru", "fr") == "ru"
    assert wanted("xx", "de, fr-CH;q=0.8, ru;q=0.5") == "fr"
    assert wanted("", "de, *") == wanted("", "\x00;;q=") == "en"


def test_what_a_row_kept_of_it_is_said_in_any_language() -> None:
    inner = Sentence("Its licence ended on {day}.", day=date(2026, 3, 1))
    price = Money(1_200_000, "EUR")
    said = Sentence("“{title}”: {reason} {price} {count}", title="{x}", reason=inner, price=price, count=2)
    kept = sentence_of(json.loads(json.dumps(row_of(said))))
    assert kept == said == "“{x}”: Its licence ended on 1 March 2026. €1.20 2"
    assert "1 mars 2026" in kept.said_in("fr")
    many = Sentence("{count} track", plural="{count} tracks", count=3)
    assert sentence_of(row_of(many)) == "3 tracks"
    assert sentence_of(row_of("As {it} stands.")) == "As {it} stands."
