"""Take a notice in: known again if it came before, split by supplier and law, receipted. It restricts nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from obbligato.claims import announcing, documents, misuse, notices, policies, stepping, telling
from obbligato.claims.documents import Sent
from obbligato.claims.elements import can_be_completed, missing_of
from obbligato.claims.locating import Located, labels_of, locate
from obbligato.claims.models import ENDED, Claim, Target, TrustedFlagger
from obbligato.claims.notices import Notice
from obbligato.claims.regimes.choosing import regime_of, routing_note
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import TooMany
from obbligato.people.throttle import TooManyAttempts, count_attempt

MOST_AN_HOUR, HOUR_SECONDS = 60, 60 * 60
ROWS_AT_ONCE = 1_000
Parts = dict[tuple[int | None, bool], list[Located]]
"""Places by whose label they are, and whether a supplier brought them in."""
BUYERS_ARE_NOT_TOLD = gettext_noop(
    "The notice asks who bought something. Who bought is told to nobody on a notice; only a court that orders it in a"
    " proceeding can have that."
)


class TooManyNotices(TooMany):
    """So many notices came from one network within an hour; those of others are taken as ever."""


@dataclass(frozen=True)
class Received:
    """The claims of a notice: one for each supplier and law. Not new where the same notice had come before."""

    claims: list[Claim]
    is_new: bool


def receive(notice: Notice, *, channel: str, origin: str, sent: Sequence[Sent] = ()) -> Received:
    """Make claims of a notice; the same notice again gives the same claims.

    `origin` names the network it came from, for counting. Raises BadNotice, BadDocument, TooManyNotices, Suspended.
    """
    notices.refuse_bad(notice)
    documents.refuse_bad(sent)
    _count(origin)
    misuse.refuse_suspended(notice.mail)
    if before := _known(notice):
        return Received(before, is_new=False)
    parts = _parted(locate(notice.locators))  # Thousands are read before anything is written, and locked.
    try:
        with transaction.atomic():
            return Received(_made(notice, channel, sent, parts), is_new=True)
    except IntegrityError:
        before = _known(notice)
        assert before, "only the same notice at the same moment is in the way of one"
        return Received(before, is_new=False)


def _known(notice: Notice) -> list[Claim]:
    return list(Claim.objects.filter(digest=notice.digest).exclude(state__in=ENDED).order_by("part"))


def _count(origin: str) -> None:
    try:
        count_attempt("claims", origin, limit=MOST_AN_HOUR, window_seconds=HOUR_SECONDS)
    except TooManyAttempts as refusal:
        raise TooManyNotices(
            "More than {most} notices came from your network within an hour. One notice can name {places} places;"
            " please send the rest in one, or in an hour.",
            most=MOST_AN_HOUR,
            places=notices.MOST_LOCATORS,
            retry_after_seconds=refusal.retry_after_seconds,
        ) from None


def _made(notice: Notice, channel: str, sent: Sequence[Sent], parts: Parts) -> list[Claim]:
    made: list[Claim] = []
    for part, ((label_id, is_hosted), places) in enumerate(parts.items()):
        claim = _claim(notice, channel, part, label_id, is_hosted, has_mandate=any(one.is_mandate for one in sent))
        claim.notice_number = made[0].number if made else claim.number
        claim.save(force_insert=True)
        add_targets(claim, places)
        for one in sent:
            documents.keep(claim, one, sent_by=Who.CLAIMANT)
        announcing.received(claim)
        begin(claim)
        made.append(claim)
    telling.received(made[0])
    return made


def begin(claim: Claim) -> None:
    """Straight into its law's first state, or told what is missing; and shares wait, if it has standing."""
    located = claim.targets.exclude(release__isnull=True, recording__isnull=True).count()
    missing = missing_of(claim.regime_name, claim.notice, located)
    by = "the store"
    if not missing:
        stepping.take(claim, "accept", who=Who.CLOCK, by=by)
    elif can_be_completed(claim.regime_name, claim.notice, missing):
        stepping.take(claim, "ask", who=Who.CLOCK, by=by)
    else:
        reason = " ".join(str(one.sentence) for one in missing)
        stepping.take(claim, "refuse", who=Who.CLOCK, by=by, reason=reason)
    if claim.notice.asks_for_buyers:
        stepping.note(claim, "no_buyers", who=Who.CLOCK, by=by, reason=BUYERS_ARE_NOT_TOLD)


def add_targets(claim: Claim, places: Iterable[Located]) -> None:
    """More places that a claim names; each is there once."""
    known = set(claim.targets.values_list("locator", flat=True))
    rows = [
        Target(claim=claim, locator=one.locator, release=one.release, recording=one.recording)
        for one in places
        if one.locator not in known
    ]
    Target.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


def standing_of(notice: Notice, *, has_mandate: bool, is_trusted: bool) -> Claim.Standing:
    """What somebody says of herself is asserted at best; an agent shows a mandate; others have no standing."""
    is_holder = notice.role in {Claim.Role.OWNER, Claim.Role.LICENSEE}
    is_agent = notice.role == Claim.Role.AGENT and has_mandate and bool(notice.on_behalf_of)
    return Claim.Standing.ASSERTED if is_holder or is_agent or is_trusted else Claim.Standing.NONE


def _parted(places: Sequence[Located]) -> Parts:
    """By supplier and by who answers for it. What leads nowhere goes with the first, or stands alone."""
    labels = labels_of(places)
    parts: Parts = {}
    for place in places:
        if place.release or place.recording:
            parts.setdefault(labels[place.locator], []).append(place)
    lost = [place for place in places if not (place.release or place.recording)]
    first = next(iter(parts), (None, True))
    parts.setdefault(first, []).extend(lost)
    return parts


def _claim(
    notice: Notice, channel: str, part: int, label_id: int | None, is_hosted: bool, *, has_mandate: bool
) -> Claim:
    regime = regime_of(
        is_hosted=is_hosted,
        seat=settings.HOME_COUNTRY,
        has_us_agent=bool(policies.current().us_agent),
        asks_for_us=notice.asks_for_us,
    )
    is_trusted = notice.role == Claim.Role.TRUSTED_FLAGGER and _is_trusted(notice.mail)
    return Claim(
        number=f"C-{chance.token(6).upper()}",
        digest=notice.digest,
        part=part,
        regime_name=regime.name,
        routing_note=routing_note(regime, is_hosted=is_hosted, asks_for_us=notice.asks_for_us),
        label_id=label_id,
        is_hosted=is_hosted,
        name=notice.name,
        mail=notice.mail,
        address=notice.address,
        role=notice.role,
        on_behalf_of=notice.on_behalf_of,
        standing=standing_of(notice, has_mandate=has_mandate, is_trusted=is_trusted),
        is_trusted=is_trusted,
        work=notice.work,
        rights=notice.rights,
        territories=list(notice.territories),
        explanation=notice.explanation,
        is_in_good_faith=notice.is_in_good_faith,
        is_accurate=notice.is_accurate,
        signature=notice.signature,
        asks_for_us=notice.asks_for_us,
        language=notice.language,
        channel=channel[:8],
    )


def _is_trusted(mail: str) -> bool:
    found = TrustedFlagger.objects.filter(domain=mail.rpartition("@")[2].lower()).first()
    return found is not None and (found.until is None or clock.today() <= found.until)
