"""Record a paper that was served: an order, an amendment of one, a lifting. Recording changes nothing that is sold."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from obbligato.catalog.models import Recording
from obbligato.catalog.restrictions.models import Effect
from obbligato.catalog.restrictions.scopes import WORLD
from obbligato.claims.orders import saying
from obbligato.claims.orders.models import FOLDER, CourtOrder, OrderStep, Paper
from obbligato.kernel import chance, clock, kept_files
from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.refusals import Invalid, Refused

MOST_BYTES = 50_000_000
NUMBER_BYTES = 5
KEYS_A_QUESTION = 2_000


class BadPaper(Invalid):
    """What was recorded of a paper makes no sense."""


class ServedAlready(Refused):
    """The very same document was recorded before."""


class NotToBeAmended(Refused):
    """The order is over, or was never one."""


@dataclass(frozen=True)
class Said:
    """What a paper says, as who recorded it read it; times are aware. See models.Paper."""

    operative_part: str
    decided_at: datetime
    legal_basis: str = ""
    language: str = "en"
    is_signed: bool = True
    service: str = "by post"
    served_at: datetime = field(default_factory=clock.now)
    force: Paper.Force = Paper.Force.NONE
    force_since: datetime | None = None
    recordings: tuple[int, ...] = ()
    territories: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Document:
    """The paper itself, as it came."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@transaction.atomic
def serve(
    said: Said,
    document: Document,
    *,
    issuer: str,
    issuer_kind: CourtOrder.Issuer,
    case_number: str,
    issuer_email: str = "",
    by: str,
) -> CourtOrder:
    """Record a new order. Raises BadPaper, ServedAlready."""
    if not issuer.strip() or not case_number.strip():
        raise BadPaper("An order names who issued it and the case.")
    _refuse(said, document, Paper.Kind.ORDER)
    # All refusals are made; what follows writes.
    order = CourtOrder.objects.create(
        number=f"O-{chance.token(NUMBER_BYTES).upper()}",
        issuer=issuer.strip(),
        issuer_kind=issuer_kind,
        issuer_email=issuer_email.strip(),
        case_number=case_number.strip(),
    )
    _keep(order, Paper.Kind.ORDER, said, document, by)
    return order


@transaction.atomic
def serve_again(order: CourtOrder, kind: Paper.Kind, said: Said, document: Document, *, by: str) -> Paper:
    """Record an amendment or a lifting of an order. Raises BadPaper, ServedAlready, NotToBeAmended."""
    order = CourtOrder.objects.select_for_update().get(pk=order.pk)
    if order.state not in {CourtOrder.State.EFFECTIVE, CourtOrder.State.WAITING_FORCE}:
        raise NotToBeAmended("Only an order that was verified, and is not over, can be amended or lifted.")
    if any(paper.is_open for paper in order.papers.all()):
        raise NotToBeAmended("A paper of this order still waits to be verified; that comes first.")
    _refuse(said, document, kind)
    # All refusals are made; what follows writes.
    return _keep(order, kind, said, document, by)


def _refuse(said: Said, document: Document, kind: Paper.Kind) -> None:
    if not document.content or len(document.content) > MOST_BYTES:
        raise BadPaper("The document itself is needed, of at most 50 MB.")
    if Paper.objects.filter(document_sha256=document.sha256).exists():
        raise ServedAlready("This very document was recorded already.")
    if not said.operative_part.strip():
        raise BadPaper("Write down what is ordered, word for word.")
    if said.decided_at > clock.now() or said.served_at > clock.now():
        raise BadPaper("A paper cannot have been decided or served in the future.")
    if said.force == Paper.Force.NONE and said.force_since is not None:
        raise BadPaper("A paper that is not in force has no day since when it is.")
    if said.force != Paper.Force.NONE and not _is_past(said.force_since, since=said.decided_at):
        raise BadPaper("Say since when it is in force: not before it was decided, and not in the future.")
    if kind != Paper.Kind.ORDER and said.starts_at is not None:
        raise BadPaper("An amendment or a lifting counts from when it is in force, and has no other beginning.")
    if kind == Paper.Kind.LIFTING:
        if said.recordings or said.territories or said.effects:
            raise BadPaper("A lifting ends the whole order; to end a part of it, record an amendment.")
        return
    _refuse_scope(said)


def _refuse_scope(said: Said) -> None:
    if not said.recordings or not said.territories or not said.effects:
        raise BadPaper("An order needs a scope: recordings, territories and effects.")
    if unknown := next((code for code in said.territories if code != WORLD and code not in COUNTRIES), ""):
        raise BadPaper(f"“{unknown[:8]}” is not a country this store knows.")
    if said.ends_at is not None and said.ends_at <= max(clock.now(), said.starts_at or clock.now()):
        raise BadPaper("Its end lies before its beginning, or in the past.")
    keys = sorted(set(said.recordings))
    parts = (keys[first : first + KEYS_A_QUESTION] for first in range(0, len(keys), KEYS_A_QUESTION))
    if sum(Recording.objects.filter(pk__in=part).count() for part in parts) != len(keys):
        raise BadPaper("A recording that the scope names is not in the catalogue.")


def _is_past(moment: datetime | None, *, since: datetime) -> bool:
    return moment is not None and since <= moment <= clock.now()


def _keep(order: CourtOrder, kind: Paper.Kind, said: Said, document: Document, by: str) -> Paper:
    paper = Paper(
        order=order,
        kind=kind,
        legal_basis=said.legal_basis.strip(),
        operative_part=said.operative_part.strip(),
        language=said.language,
        is_signed=said.is_signed,
        service=said.service,
        served_at=said.served_at,
        decided_at=said.decided_at,
        force=said.force,
        force_since=said.force_since,
        recordings=sorted(set(said.recordings)),
        territories=sorted(set(said.territories)),
        effects=[effect.value for effect in Effect if effect in said.effects],
        starts_at=said.starts_at,
        ends_at=said.ends_at,
        document_name=document.name[:200],
        document_sha256=kept_files.keep(FOLDER, document.content),
        recorded_by=by[:150],
    )
    paper.save(force_insert=True)
    saying.step(OrderStep.Kind.SERVED, order, paper, by=by, why=f"{kind.label} served {said.service}.")
    return paper
