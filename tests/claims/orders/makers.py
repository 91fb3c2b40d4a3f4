"""Papers of a court, for tests."""

from dataclasses import replace
from datetime import UTC, datetime

from obbligato.catalog.restrictions.models import Effect
from obbligato.claims.orders import serving, verifying
from obbligato.claims.orders.models import CourtOrder, Paper
from obbligato.claims.orders.serving import Document, Said
from obbligato.kernel import chance

COURT = "the Regional Court of Anywhere"
CASE = "16 O 12/26"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
IN_FORCE = Paper.Force.FULL


def said(wanted: list[int], **other: object) -> Said:
    """An order in force since noon that closes the sale in Germany."""
    usual = Said(
        operative_part="The defendant shall not sell the recordings in Germany.",
        decided_at=NOON,
        legal_basis="§ 97 UrhG",
        served_at=NOON,
        force=IN_FORCE,
        force_since=NOON,
        recordings=tuple(wanted),
        territories=("DE",),
        effects=(Effect.SELL,),
    )
    return replace(usual, **other)  # type: ignore[arg-type]


def a_document(content: bytes = b"") -> Document:
    """A scan, unlike every other."""
    return Document("order.pdf", content or chance.token(8).encode())


def served(wanted: list[int], **other: object) -> Paper:
    """A paper as dana recorded it."""
    order = serving.serve(
        said(wanted, **other),
        a_document(),
        issuer=COURT,
        issuer_kind=CourtOrder.Issuer.COURT,
        case_number=CASE,
        issuer_email="registry@court.example",
        by="dana",
    )
    return order.papers.get()


def verified(wanted: list[int], **other: object) -> Paper:
    """A paper that bob has verified, too."""
    return verifying.verify(served(wanted, **other), by="bob", why="I called the registry.")


def lifting(order: CourtOrder, **other: object) -> Paper:
    """A lifting of it, in force since noon, as dana recorded it."""
    values = {"territories": (), "effects": (), "operative_part": "The order is lifted.", **other}
    return serving.serve_again(order, Paper.Kind.LIFTING, said([], **values), a_document(), by="dana")


def amendment(order: CourtOrder, wanted: list[int], **other: object) -> Paper:
    """An amendment of it, in force since noon, as dana recorded it."""
    return serving.serve_again(order, Paper.Kind.AMENDMENT, said(wanted, **other), a_document(), by="dana")
