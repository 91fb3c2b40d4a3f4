"""Show the desk what stands out about a claim: whose mail it is, rivals, what is free for all. It decides nothing."""

from difflib import SequenceMatcher

from django.db.models import Q

from obbligato.catalog.models import Artist, Label, Recording
from obbligato.claims import strikes
from obbligato.claims.locating import recordings_of
from obbligato.claims.models import ENDED, Claim, Supplier
from obbligato.rights import licences
from obbligato.rights.supply import SupplyBasis, supply_basis

FREE = {SupplyBasis.PUBLIC_DOMAIN: "is in the public domain", SupplyBasis.OPEN_LICENCE: "is under an open licence"}
ALIKE = 0.5
LISTED, LOOKED_FOR = 20, 5_000


def remarks(claim: Claim) -> list[str]:
    """Sentences for whoever decides; none of them is a reason by itself."""
    recordings = recordings_of(claim)
    return [
        *_of_the_sender(claim),
        *_of_rivals(claim, recordings),
        *_of_the_recordings(claim, recordings),
        *_of_the_supplier(claim),
        *([] if claim.label_id is None or _has_address(claim) else [_nobody_to_tell(claim)]),
    ]


def _of_the_sender(claim: Claim) -> list[str]:
    said = []
    domain = claim.mail.rpartition("@")[2].lower()
    claimed = claim.on_behalf_of or claim.name
    label = Label.objects.filter(name__iexact=claimed).first()
    known = {one.mail.rpartition("@")[2].lower() for one in Supplier.objects.filter(label=label)} if label else set()
    if known and domain not in known:
        said.append(
            f"It speaks for the label “{label}”, whose mail is at {', '.join(sorted(known))}; this came from {domain}."
        )
    elif label or Artist.objects.filter(name__iexact=claimed).exists():
        said.append(f"“{claimed}” is a name in this store's catalogue; nothing here shows that this mail is theirs.")
    if claim.role == Claim.Role.AGENT and not claim.documents.filter(is_mandate=True).exists():
        said.append("An agent without a mandate: she has no standing until one is here.")
    if claim.label_id is not None and claim.label == label:
        said.append(
            "It speaks for the label that supplied the recording: perhaps a former one, or a former partner of it."
        )
    return said


def _of_the_supplier(claim: Claim) -> list[str]:
    count = strikes.counting(claim.label) if claim.label else 0
    return [f"Claims that stood against this supplier under § 512: {count}."] if count else []


def _of_rivals(claim: Claim, recordings: list[int]) -> list[str]:
    """Whoever else claims some of them, under whichever label; in one question, for there may be thousands."""
    some = recordings[:LOOKED_FOR]
    is_same = Q(targets__recording__in=some) | Q(
        targets__recording__isnull=True, targets__release__edition__tracks__recording__in=some
    )
    others = Claim.objects.exclude(pk=claim.pk).exclude(state__in=ENDED).exclude(notice_number=claim.notice_number)
    found = others.filter(is_same).order_by("pk").distinct().values_list("number", flat=True)[: LISTED + 1]
    rivals = [*found[:LISTED], *(["and more"] if len(found) > LISTED else [])]
    return [f"Others claim the same: {', '.join(rivals)}. Shares wait until all of them are decided."] if rivals else []


def _of_the_recordings(claim: Claim, recordings: list[int]) -> list[str]:
    said = []
    terms = licences.declared(recordings)
    for one in Recording.objects.filter(pk__in=recordings).select_related("artist")[:50]:
        if free := FREE.get(supply_basis(terms.get(one.pk))):
            said.append(f"By its licence “{one}” {free}.")
        if claim.work and not _resembles(claim.work, one):
            said.append(f"The notice is about “{claim.work[:80]}”; its place leads to “{one}” by {one.artist}.")
    if claim.rights == Claim.Rights.COMPOSITION and recordings:
        said.append("It is about a composition: a recording of one's own of it may be licensed apart from it.")
    return said


def _resembles(work: str, recording: Recording) -> bool:
    title = recording.title.lower()
    return title in work.lower() or SequenceMatcher(None, work.lower(), title).ratio() >= ALIKE


def _has_address(claim: Claim) -> bool:
    return Supplier.objects.filter(label=claim.label_id).exists()


def _nobody_to_tell(claim: Claim) -> str:
    return f"No address is known for “{claim.label}”: hand on the supplier's link, or add an address."
