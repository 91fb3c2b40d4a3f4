"""What courts and the store itself have decided about an incident's recordings, and what nobody has. It only reads.

Of a ruling or an order it says the operative part word for word, whom that speaks to and whether it is in force.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from obbligato.casefiles.profiles import Sort, Told
from obbligato.claims import registering
from obbligato.claims.models import Claim
from obbligato.claims.orders.models import CourtOrder, Paper
from obbligato.claims.regimes.steps import LABELS, State
from obbligato.standing import chain, effect
from obbligato.standing.models import Incident, Ruling, RulingWord
from obbligato.standing.ruling import known
from obbligato.standing.words import Word

NO_MORE = (
    "It decides its operative part and nothing else: neither it nor this file says of any recording or of the"
    " catalogue that it is lawful or unlawful."
)


def rulings_of(incident: Incident, exhibits: Mapping[int, str]) -> list[dict[str, Any]]:
    """Rulings that a second person has checked and believes; `exhibits` are the numbers of documents by their key."""
    rails = sorted(incident.rails.values_list("provider", flat=True))
    return [_ruling(one, rails, exhibits) for one in incident.rulings.order_by("pk") if _is_believed(one)]


def orders_about(incident: Incident) -> list[dict[str, Any]]:
    """Orders of courts and authorities about a recording that the incident names; what no second person verified is
    none.
    """
    keys = _about(incident, Paper.objects.filter(verified_at__isnull=False))
    return [_order(one) for one in CourtOrder.objects.filter(pk__in=keys).order_by("pk")]


def claims_about(incident: Incident) -> list[Claim]:
    """Claims about a recording that the incident names."""
    named = _recordings(incident)
    located = Q(targets__recording__in=named) | Q(targets__release__editions__tracks__recording__in=named)
    return list(Claim.objects.filter(located).distinct().prefetch_related("statements").order_by("pk"))


def register_of(incident: Incident) -> dict[str, Any]:
    """What the public register says of these claims, and its counts of all."""
    counts = registering.figures()
    return {
        "all_claims": counts.total,
        "all_by_state": [[words, count] for words, count in sorted(counts.by_state)],
        "about_named_recordings": [_claim(one) for one in claims_about(incident)],
    }


def not_decided(incident: Incident) -> list[str]:
    """What nobody has decided in this incident, in sentences."""
    said = []
    if not incident.adjudicated:
        said.append(
            "No court, statute or authority is named as having decided what the company did; the basis named is:"
            f" {incident.get_basis_display()}."
        )
    if unanswered := len(chain.unanswered(incident)):
        said.append(f"Questions that were asked and never answered: {unanswered}.")
    believed = [one for one in incident.rulings.all() if _is_believed(one)]
    if not believed:
        said.append("No ruling is known in this matter.")
    elif not any(effect.is_in_force(known(one)) for one in believed):
        said.append("No ruling in this matter is in force.")
    if doubted := incident.rulings.count() - len(believed):
        said.append(
            f"Papers that look like a ruling, which no second person has confirmed: {doubted}. They count nothing."
        )
    if doubted := len(_about(incident, Paper.objects.filter(verified_at__isnull=True, rejected_at__isnull=True))):
        said.append(
            f"Papers that look like an order about a recording named, which no second person has confirmed: {doubted}."
            " They count nothing."
        )
    said.append("That an item was named by somebody says nothing of it. Nobody has decided here what may be sold.")
    return said


def _about(incident: Incident, papers: "QuerySet[Paper]") -> list[int]:
    """The orders, by their keys, of each of these papers that is about a recording that the incident names."""
    named = _recordings(incident)
    found = papers.order_by("pk").values_list("order_id", "recordings")
    return [order for order, recordings in found if not named.isdisjoint(recordings)]


def _recordings(incident: Incident) -> set[int]:
    return {pk for pk in incident.items.values_list("recording_id", flat=True) if pk is not None}


def _is_believed(ruling: Ruling) -> bool:
    return effect.last_word(known(ruling)) is not None


def _ruling(ruling: Ruling, rails: list[str], exhibits: Mapping[int, str]) -> dict[str, Any]:
    said = known(ruling)
    addressees = list(ruling.addressees.order_by("pk"))
    words = ruling.words.filter(checked_at__isnull=False, is_rejected=False).order_by("pk")
    return {
        "number": ruling.number,
        "court": Told(Sort.PLAIN, ruling.court),
        "case_number": Told(Sort.PLAIN, ruling.case_number),
        "decided_on": ruling.decided_on.isoformat(),
        "operative_part": Told(Sort.PLAIN, ruling.operative_part),
        "addressees": [{"name": Told(Sort.PLAIN, one.name), "rail": one.provider} for one in addressees],
        "is_in_force": effect.is_in_force(said),
        "words": [_word(one, exhibits) for one in words],
        "not_decided": _limits(ruling, said, [one for one in rails if one not in {it.provider for it in addressees}]),
    }


def _word(word: RulingWord, exhibits: Mapping[int, str]) -> dict[str, Any]:
    return {
        "what": word.get_state_display(),
        "on": word.on.isoformat(),
        "exhibit": exhibits[word.document_id],
        "checked_by": Told(Sort.PERSON, word.checked_by, "Operator"),
    }


def _limits(ruling: Ruling, said: list[effect.Known], others: list[str]) -> list[str]:
    limits = []
    if effect.last_word(said) == Word.REVERSED:
        limits.append("It was reversed on appeal and binds nobody.")
    elif not effect.is_in_force(said):
        limits.append("It is not in force, so nothing follows from it yet.")
    if not ruling.speaks_for_us:
        limits.append("This store is no party to it.")
    if others:
        limits.append(f"It does not speak to the company of: {', '.join(others)}.")
    return [*limits, NO_MORE]


def _order(order: CourtOrder) -> dict[str, Any]:
    papers = order.papers.filter(verified_at__isnull=False).order_by("pk")
    return {
        "number": order.number,
        "issuer": Told(Sort.PLAIN, order.issuer),
        "case_number": Told(Sort.PLAIN, order.case_number),
        "state": order.get_state_display(),
        "papers": [
            {
                "kind": one.get_kind_display(),
                "decided_on": f"{one.decided_at:%Y-%m-%d}",
                "operative_part": Told(Sort.PLAIN, one.operative_part),
                "force": one.get_force_display(),
                "territories": list(one.territories),
                "effects": list(one.effects),
                "recordings": len(one.recordings),
                "sha256": one.document_sha256,
            }
            for one in papers
        ],
        "not_decided": [NO_MORE],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "number": claim.number,
        "law": claim.get_regime_name_display(),
        "state": LABELS[State(claim.state)],
        "received_on": f"{claim.received_at:%Y-%m-%d}",
        "standing": claim.get_standing_display(),
        "territories": list(claim.territories),
        "statements": [
            {
                "number": one.number,
                "made_on": f"{one.made_at:%Y-%m-%d}",
                "legal_ground": Told(Sort.PLAIN, one.legal_ground),
                "effects": list(one.effects),
                "territories": list(one.territories),
                "is_in_effect": one.is_in_effect,
            }
            for one in sorted(claim.statements.all(), key=lambda one: one.pk)
        ],
    }
