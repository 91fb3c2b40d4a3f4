"""Write statements of reasons for the EU Transparency Database, and notices as Lumen keeps them. No personal value.

Field names and codes: the database's API documentation, POST /api/v1/statement; Lumen's API, POST /notices.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from obbligato.catalog.models import Edition
from obbligato.catalog.places import WORLD
from obbligato.claims.deciding import LONGEST_EXPLANATION, LONGEST_FACTS
from obbligato.claims.models import Claim, StatementOfReasons
from obbligato.claims.regimes.choosing import EEA
from obbligato.kernel.refusals import Missing

VISIBILITY = {
    "sell": "DECISION_VISIBILITY_CONTENT_DISABLED",
    "preview": "DECISION_VISIBILITY_CONTENT_DISABLED",
    "gift": "DECISION_VISIBILITY_CONTENT_DISABLED",
    "search": "DECISION_VISIBILITY_CONTENT_DEMOTED",
}
SOURCES = {Claim.Role.TRUSTED_FLAGGER.value: "SOURCE_TRUSTED_FLAGGER"}


class NoSuchStatement(Missing):
    """There is no statement of reasons of that number for that claim."""


def statement_of(claim: Claim, number: str) -> StatementOfReasons:
    """One of a claim's statements. Raises NoSuchStatement."""
    found = claim.statements.filter(number=number[:20]).first()
    if found is None:
        raise NoSuchStatement("There is no statement of reasons of that number.")
    return found


def eu_statement(statement: StatementOfReasons) -> dict[str, Any]:
    """A statement as the Transparency Database takes it. That shares wait is said as a monetary decision, too."""
    claim = statement.claim
    is_illegal = statement.ground == StatementOfReasons.Ground.ILLEGAL
    kind = "illegal_content" if is_illegal else "incompatible_content"
    made: dict[str, Any] = {
        "decision_visibility": sorted({VISIBILITY[effect] for effect in statement.effects}),
        "decision_monetary": "DECISION_MONETARY_SUSPENSION",
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT" if is_illegal else "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        f"{kind}_legal_ground" if is_illegal else f"{kind}_ground": statement.legal_ground,
        f"{kind}_explanation": statement.explanation[:LONGEST_EXPLANATION],
        "decision_ground_reference_url": f"{settings.SITE_URL}{reverse('public_claim', args=[claim.number])}",
        "category": "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "category_specification": ["KEYWORD_COPYRIGHT_INFRINGEMENT"],
        "content_type": ["CONTENT_TYPE_AUDIO"],
        "content_date": f"{_content_date(claim):%Y-%m-%d}",
        "territorial_scope": _scope(statement.territories),
        "application_date": f"{statement.made_at:%Y-%m-%d}",
        "decision_facts": statement.facts[:LONGEST_FACTS],
        "source_type": SOURCES.get(claim.role if claim.is_trusted else "", "SOURCE_ARTICLE_16"),
        "automated_detection": "Yes" if statement.is_detected_automatically else "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": statement.number,
    }
    if statement.ends_at is not None:
        made["end_date_visibility_restriction"] = f"{statement.ends_at:%Y-%m-%d}"
    if barcode := _barcode(claim):
        made["content_id"] = {"EAN-13": barcode}
    return made


def lumen_notice(claim: Claim) -> dict[str, Any]:
    """A notice as Lumen keeps it: what it says and what became of it, with its people left out."""
    return {
        "notice": {
            "type": "DMCA" if claim.regime_name == "us_512" else "Other",
            "title": f"Claim {claim.number}",
            "subject": f"Copyright claim, {claim.get_rights_display().lower()}",
            "date_sent": f"{claim.received_at:%Y-%m-%d}",
            "date_received": f"{claim.received_at:%Y-%m-%d}",
            "source": "Online form" if claim.channel == "form" else "API",
            "action_taken": _action(claim),
            "language": claim.language,
            "jurisdiction_list": ", ".join(claim.territories),
            "works_attributes": [
                {
                    "kind": "music",
                    "description": claim.get_rights_display(),
                    "infringing_urls_attributes": [
                        {"url": f"{settings.SITE_URL}{one.release.get_absolute_url()}"}
                        for one in claim.targets.select_related("release")
                        if one.release
                    ],
                }
            ],
            "entity_notice_roles_attributes": [
                {"name": "recipient", "entity_attributes": {"name": settings.SITE_NAME, "kind": "organization"}},
                {"name": "sender", "entity_attributes": {"name": "[redacted]", "kind": "organization"}},
            ],
        }
    }


def _action(claim: Claim) -> str:
    statements = list(claim.statements.all())
    if any(one.is_in_effect for one in statements):
        return "Partial" if any(WORLD not in one.territories for one in statements if one.is_in_effect) else "Yes"
    return "No"


def _scope(territories: list[str]) -> list[str]:
    """The database counts in states of the EEA alone."""
    return sorted(EEA if WORLD in territories else EEA & set(territories))


def _edition(claim: Claim) -> Edition | None:
    target = claim.targets.filter(release__isnull=False).select_related("release__edition").first()
    return target.release.edition if target and target.release else None


def _barcode(claim: Claim) -> str:
    """EAN-13: a UPC of twelve digits is one with a nought before it."""
    edition = _edition(claim)
    return edition.upc.zfill(13) if edition and len(edition.upc) in {12, 13} else ""


def _content_date(claim: Claim) -> datetime:
    edition = _edition(claim)
    return edition.made_at if edition else claim.received_at
