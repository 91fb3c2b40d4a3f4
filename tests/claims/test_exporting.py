"""Exports hold what the databases want, by their own rules, and no personal value; the register tells facts alone."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from obbligato.claims import deciding, exporting, registering
from obbligato.claims.models import Claim, TrustedFlagger
from obbligato.claims.regimes.choosing import EEA
from tests.claims.makers import a_notice, about, reasons, received
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db

VISIBILITY = {f"DECISION_VISIBILITY_CONTENT_{one}" for one in ("REMOVED", "DISABLED", "DEMOTED", "AGE_RESTRICTED")}
SOURCES = {"SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY"}


def faults(said: dict[str, Any]) -> list[str]:
    """What the Transparency Database would send back (its API documentation, validation of a statement)."""
    found = []
    kinds = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
    if not any(said.get(kind) for kind in kinds):
        found.append("at least one of visibility, monetary, provision, account")
    if not set(said.get("decision_visibility", [])) <= VISIBILITY:
        found.append("decision_visibility")
    ground = {
        "DECISION_GROUND_ILLEGAL_CONTENT": ("illegal_content_legal_ground", "illegal_content_explanation"),
        "DECISION_GROUND_INCOMPATIBLE_CONTENT": ("incompatible_content_ground", "incompatible_content_explanation"),
    }
    found += [name for name in ground.get(said["decision_ground"], ("decision_ground",)) if not said.get(name)]
    if not set(said["territorial_scope"]) <= EEA:
        found.append("territorial_scope")
    for name in ("application_date", "content_date"):
        if not datetime.strptime(said[name], "%Y-%m-%d").replace(tzinfo=UTC):
            found.append(name)
    if said["content_type"] != ["CONTENT_TYPE_AUDIO"] or said["source_type"] not in SOURCES:
        found.append("content_type or source_type")
    if said["automated_detection"] not in {"Yes", "No"} or not said["automated_decision"].startswith(
        "AUTOMATED_DECISION_"
    ):
        found.append("automation")
    if not said["category"].startswith("STATEMENT_CATEGORY_") or len(said["puid"]) > 500:
        found.append("category or puid")
    if not 0 < len(said["decision_facts"]) <= 5_000:
        found.append("decision_facts")
    for name, longest in {**dict.fromkeys(("ground", "legal_ground"), 500), "explanation": 2_000}.items():
        found += [
            f"{kind}_content_{name}"
            for kind in ("illegal", "incompatible")
            if len(said.get(f"{kind}_content_{name}", "")) > longest
        ]
    if not re.fullmatch("[a-zA-Z0-9_-]+", said["puid"]) or len(said["decision_ground_reference_url"]) > 500:
        found.append("puid or decision_ground_reference_url")
    code = said.get("content_id", {"EAN-13": "0" * 13})["EAN-13"]
    return found if len(code) == 13 and code.isdigit() else [*found, "content_id"]


def decided(**changed: Any) -> tuple[Claim, dict[str, Any]]:
    release = a_silent_release()
    assert release.edition is not None
    release.edition.upc = "400638133393"
    release.edition.save()
    claim = about(release)
    deciding.act(claim, "skip_hearing", by="dana", reason="x")
    return claim, exporting.eu_statement(deciding.restrict(claim, reasons(**changed), by="dana"))


@pytest.mark.parametrize("ground", ["illegal", "incompatible"])
def test_a_statement_passes_the_rules_of_the_transparency_database(ground: str) -> None:
    _, said = decided(ground=ground, territories=("DE", "US"), ends_at=datetime(2036, 1, 1, tzinfo=UTC))
    assert faults(said) == []
    assert said["territorial_scope"] == ["DE"]
    assert said["content_id"] == {"EAN-13": "0400638133393"}
    assert said["end_date_visibility_restriction"] == "2036-01-01"
    assert faults({**said, "decision_visibility": [], "decision_monetary": ""}) != []
    assert faults({**said, "territorial_scope": ["US"], "decision_facts": ""}) == [
        "territorial_scope",
        "decision_facts",
    ]


def test_the_longest_statement_passes_too_and_an_older_longer_one_is_cut() -> None:
    claim, said = decided(facts="f" * 5_000, explanation="e" * 2_000, legal_ground="l" * 300)
    assert faults(said) == []
    claim.statements.update(facts="f" * 9_000, explanation="e" * 9_000)
    assert faults(exporting.eu_statement(claim.statements.get())) == []


def test_everywhere_is_all_of_the_european_economic_area() -> None:
    _, said = decided()
    assert len(said["territorial_scope"]) == 30
    assert "end_date_visibility_restriction" not in said


def test_a_trusted_flaggers_notice_says_so() -> None:
    TrustedFlagger.objects.create(name="Flag", domain="flag.example", awarded_by="DSC")
    claim = about(a_silent_release(), role="trusted_flagger", mail="x@flag.example")
    deciding.act(claim, "skip_hearing", by="dana", reason="x")
    said = exporting.eu_statement(deciding.restrict(claim, reasons(), by="dana"))
    assert said["source_type"] == "SOURCE_TRUSTED_FLAGGER"
    assert "content_id" not in said


def test_no_export_holds_a_personal_value() -> None:
    claim, said = decided()
    text = json.dumps([said, exporting.lumen_notice(claim)])
    for word in ("Carol", "carol@example.org", "Claim Street", "never licensed it", "dana"):
        assert word not in text


def test_lumen_is_told_what_became_of_a_notice() -> None:
    claim, _ = decided()
    assert exporting.lumen_notice(claim)["notice"]["action_taken"] == "Yes"
    scoped, _ = decided(territories=("DE",))
    assert exporting.lumen_notice(scoped)["notice"]["action_taken"] == "Partial"
    undecided = received(a_notice("nowhere"))
    notice = exporting.lumen_notice(undecided)["notice"]
    assert (notice["action_taken"], notice["works_attributes"][0]["infringing_urls_attributes"]) == ("No", [])
    assert exporting.statement_of(claim, claim.statements.get().number).claim == claim
    with pytest.raises(exporting.NoSuchStatement):
        exporting.statement_of(claim, "D-0")


def test_the_register_counts_and_lists() -> None:
    claim, _ = decided()
    undecided = received(a_notice("nowhere"))
    figures = registering.figures()
    assert (figures.total, dict(figures.by_state)) == (2, {"Decided: restricted": 1, "Something is missing": 1})
    assert registering.latest(5) == [undecided, claim]
    assert registering.latest(5, before=undecided.pk) == [claim]
    assert registering.entry(claim.number) == claim
    with pytest.raises(registering.NoSuchEntry):
        registering.entry("C-0")
