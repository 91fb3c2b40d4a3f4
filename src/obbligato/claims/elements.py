"""What the law wants a notice to hold, each element by itself, with a true sentence where it is missing. Pure.

17 U.S.C. § 512(c)(3)(A)(i)-(vi) and (g)(3); Regulation (EU) 2022/2065, Article 16(2)(a)-(d).
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from obbligato.claims.notices import Notice

LEAST_EXPLANATION = 20
"""Characters: less explains nothing."""


@dataclass(frozen=True)
class Element:
    """One thing a notice must hold, whether it does, and what to say where it does not."""

    code: str
    is_there: bool
    sentence: "str | Promise"


Rule = tuple[str, Callable[[Notice, int], bool], Promise]
US_512: tuple[Rule, ...] = (
    (
        "512(c)(3)(A)(i)",
        lambda notice, _: bool(notice.signature),
        gettext_lazy("The signature of the owner, or of somebody who may act for the owner, is missing."),
    ),
    (
        "512(c)(3)(A)(ii)",
        lambda notice, _: bool(notice.work),
        gettext_lazy("It does not say which work or recording of yours is meant."),
    ),
    (
        "512(c)(3)(A)(iii)",
        lambda _, located: located > 0,
        gettext_lazy("None of the places that it names leads to anything in this store."),
    ),
    (
        "512(c)(3)(A)(iv)",
        lambda notice, _: bool(notice.name and notice.mail and notice.address),
        gettext_lazy("Your name, your postal address and your e-mail address are needed, so that you can be reached."),
    ),
    (
        "512(c)(3)(A)(v)",
        lambda notice, _: notice.is_in_good_faith,
        gettext_lazy("The statement that you believe in good faith that the use is not authorised is missing."),
    ),
    (
        "512(c)(3)(A)(vi)",
        lambda notice, _: notice.is_accurate,
        gettext_lazy(
            "The statement that the notice is accurate, and under penalty of perjury that you may act, is missing."
        ),
    ),
)
EU_DSA: tuple[Rule, ...] = (
    (
        "16(2)(a)",
        lambda notice, _: len(notice.explanation) >= LEAST_EXPLANATION,
        gettext_lazy("It does not explain why what is offered here is illegal."),
    ),
    (
        "16(2)(b)",
        lambda _, located: located > 0,
        gettext_lazy("None of the places that it names leads to anything in this store."),
    ),
    (
        "16(2)(c)",
        lambda notice, _: bool(notice.name and notice.mail),
        gettext_lazy("Your name and your e-mail address are needed."),
    ),
    (
        "16(2)(d)",
        lambda notice, _: notice.is_in_good_faith and notice.is_accurate,
        gettext_lazy(
            "The statement that you believe in good faith that all you say is accurate and complete is missing."
        ),
    ),
)
RULES = {"us_512": US_512, "eu_dsa": EU_DSA, "court_only": EU_DSA}
SUBSTANTIAL = {"512(c)(3)(A)(ii)", "512(c)(3)(A)(iii)", "512(c)(3)(A)(iv)"}
"""Whoever says these is asked for the rest (§ 512(c)(3)(B)(ii)); whoever does not has given no notice."""


def elements_of(regime: str, notice: Notice, located: int) -> list[Element]:
    """Each element under that law; `located` is how many of its places lead to something in the store."""
    return [Element(code, is_there(notice, located), sentence) for code, is_there, sentence in RULES[regime]]


def missing_of(regime: str, notice: Notice, located: int) -> list[Element]:
    """Those that are not there."""
    return [one for one in elements_of(regime, notice, located) if not one.is_there]


def can_be_completed(regime: str, notice: Notice, missing: list[Element]) -> bool:
    """Whether she is asked for what is missing: under § 512 only who says (ii), (iii) and (iv); else always.

    Whoever can be reached, by mail or by post, says (iv) substantially.
    """
    can_be_reached = bool(notice.mail or notice.address)
    lacking = {one.code for one in missing} - ({"512(c)(3)(A)(iv)"} if can_be_reached else set())
    return regime != "us_512" or not lacking & SUBSTANTIAL


@dataclass(frozen=True)
class Counter:
    """A counter-notice as it was typed."""

    name: str = ""
    address: str = ""
    explanation: str = ""
    believes_mistake: bool = False
    consents_to_court: bool = False
    accepts_service: bool = False
    signature: str = ""


COUNTER: tuple[tuple[str, Callable[[Counter], bool], Promise], ...] = (
    ("512(g)(3)(A)", lambda said: bool(said.signature), gettext_lazy("Your signature is missing.")),
    (
        "512(g)(3)(C)",
        lambda said: said.believes_mistake,
        gettext_lazy(
            "The statement under penalty of perjury that it was removed by mistake or misidentification is missing."
        ),
    ),
    (
        "512(g)(3)(D)",
        lambda said: bool(said.name and said.address),
        gettext_lazy("Your name and your postal address with a telephone number are needed."),
    ),
    (
        "512(g)(3)(D), courts",
        lambda said: said.consents_to_court,
        gettext_lazy(
            "Your consent to the Federal District Court of your address is missing. Outside the United States it is"
            " that of any district in which the store may be found."
        ),
    ),
    (
        "512(g)(3)(D), service",
        lambda said: said.accepts_service,
        gettext_lazy("Your word that you will accept service of process from the claimant is missing."),
    ),
)
"""What was removed and where, (g)(3)(B), the claim itself says."""


def counter_missing(said: Counter) -> list[Element]:
    """What a counter-notice lacks."""
    return [Element(code, False, sentence) for code, is_there, sentence in COUNTER if not is_there(said)]
