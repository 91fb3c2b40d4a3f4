"""Build a case file: freeze what is known of an incident, write the archive, and say its hash in the public log."""

from django.db import transaction

from obbligato.casefiles import gathering, making
from obbligato.casefiles.models import CaseFile
from obbligato.casefiles.profiles import Profile
from obbligato.casefiles.redacting import redacted
from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Invalid, Missing
from obbligato.ledger import snapshots
from obbligato.standing.models import Incident
from obbligato.transparency import appending, checkpoints
from obbligato.transparency.announcing import announce
from obbligato.transparency.canonical import canonical
from obbligato.transparency.models import Entry


class NoSuchIncident(Missing):
    """There is no incident of that number."""


class NoSuchProfile(Invalid):
    """Nobody reads a case file as that."""


def build(number: str, profile: str, *, by: str) -> CaseFile:
    """The case file of an incident as it is now, for one kind of reader.

    Raises NoSuchIncident, NoSuchProfile, making.BeingBuilt, kept_files.LostFile, archive.TooLarge,
    checkpoints.Equivocation; then there is none, and no half of one.
    """
    incident = Incident.objects.filter(number=number[:32]).first()
    if incident is None:
        raise NoSuchIncident(f"There is no incident “{number[:40]}”.")
    if profile not in Profile.values:
        raise NoSuchProfile(f"A case file is for one of {', '.join(Profile.values)}, not for “{profile[:40]}”.")
    # Nothing is wrong with what was asked for.
    case = _frozen(incident, Profile(profile), by)
    with making.written(case) as (part, case.sha256, case.size_bytes):
        making.keep(part, case)
    with transaction.atomic():
        case.save()
        announce("casefile.built", subject=f"casefile:{case.number}", facts={"sha256": case.sha256})
    return case


def _frozen(incident: Incident, profile: Profile, by: str) -> CaseFile:
    """The snapshot: rows as they are in one transaction, the ledger up to a transfer, the log up to a checkpoint."""
    while appending.append_waiting():
        pass
    checkpoints.make()
    through, signed = snapshots.last_final_transfer(), checkpoints.latest()
    log_size, moment = signed.size if signed else 0, clock.now()
    with transaction.atomic():
        incident.refresh_from_db()
        subjects = _subjects(incident)
        entries = Entry.objects.filter(subject__in=subjects, index__lt=log_size).order_by("index")
        gathered = gathering.gather(incident, profile, through=through)
        known = redacted(gathered, profile, names=gathering.names_around(incident))
        known["timeline"] = [event for event in known["timeline"] if event["what"]]
        known |= {
            "moment": gathering.moment(moment),
            "subjects": subjects,
            "entries": list(entries.values_list("index", flat=True)),
        }
    return CaseFile(
        number=f"F-{chance.token(8)}",
        incident=incident,
        profile=profile,
        moment=moment,
        ledger_through=through,
        log_size=log_size,
        frozen=canonical(known).decode(),
        built_by=by[:150],
    )


def _subjects(incident: Incident) -> list[str]:
    """Under which the public log speaks of it: itself, its rulings, its case files so far."""
    return [
        f"incident:{incident.number}",
        *(f"ruling:{number}" for number in incident.rulings.order_by("pk").values_list("number", flat=True)),
        *(f"casefile:{number}" for number in incident.case_files.order_by("pk").values_list("number", flat=True)),
    ]
