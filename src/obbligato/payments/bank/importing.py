"""Take a bank's file in: all of it or nothing, each entry once, whatever was imported before. It asks no bank."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from django.db import transaction

from obbligato.kernel.refusals import Refused
from obbligato.payments.alerting import alert
from obbligato.payments.bank import alerts, holding, own_account, placing, taking_back
from obbligato.payments.bank.gaps import Span, gaps
from obbligato.payments.bank.identities import identified
from obbligato.payments.bank.models import BankEntry, BankStatement, OwnAccount, StatementFile
from obbligato.payments.bank.reading import Measured, Read, read
from obbligato.payments.bank.statements import Entry, Statement, tidy

GAP, TWIN = "bank_gap", "bank_twin"
CHUNK_BYTES = 1 << 20


class OtherFormat(Refused):
    """The same days were imported in another format, in which entries cannot be known again."""


@dataclass
class Imported:
    """What became of a file: new entries by their state, and how many were known already."""

    file: StatementFile
    is_new: bool = True
    entries: list[BankEntry] = field(default_factory=list)
    known: int = 0
    pending: int = 0

    @property
    def sentence(self) -> str:
        """For people."""
        if not self.is_new:
            return f"{self.file.name} was imported on {self.file.imported_at:%Y-%m-%d}; nothing changed."
        states = Counter(one.get_state_display().lower() for one in self.entries)
        words = [f"{count} {state}" for state, count in sorted(states.items())]
        if self.known:
            words.append(f"{self.known} known already")
        if self.pending:
            words.append(f"{self.pending} not booked yet")
        return f"{self.file.name}: {', '.join(words) or 'no entries'}."


def import_file(source: IO[bytes], *, name: str, by: str, headings: Mapping[str, str] | None = None) -> Imported:
    """Import one file; `source` can be read twice. The same bytes again change nothing, whatever they are called.

    `headings` maps a CSV's own headings. Raises NoBankAccount, BadStatement, OtherAccount, OtherFormat.
    """
    own_account.holder()
    own_account.remember()
    digest = _digest(source)
    before = StatementFile.objects.filter(sha256=digest).first()
    imported = (
        Imported(before, is_new=False)
        if before is not None
        else _taken_in(digest, read(source, headings), name=name, by=by)
    )
    taking_back.settle_waiting()
    for one in imported.entries:
        one.refresh_from_db()
    return imported


@transaction.atomic
def _taken_in(digest: str, statements: Read, *, name: str, by: str) -> Imported:
    ibans = [own_account.account_named(one.account) for _, one in statements]
    holding.desk()
    before = StatementFile.objects.filter(sha256=digest).first()
    if before is not None:
        return Imported(before, is_new=False)
    for iban, (form, statement) in zip(ibans, statements, strict=True):
        _refuse_other_format(iban, form, statement)
        _refuse_old_account(iban, statement)

    # All refusals are above; from here on the file is taken in.
    holding.all_of(one for _, statement in statements for one in statement.booked)
    name = tidy(name.encode(errors="replace").decode())[-150:]
    imported = Imported(StatementFile.objects.create(sha256=digest, name=name or "statement", by=by[:150]))
    for iban, (form, statement) in zip(ibans, statements, strict=True):
        _take_in(imported, iban, form, statement)
    for iban in sorted(set(ibans)):
        _look_for_gaps(iban)
    return imported


def _digest(source: IO[bytes]) -> str:
    whole, digest = Measured(source), hashlib.sha256()
    while chunk := whole.read(CHUNK_BYTES):
        digest.update(chunk)
    source.seek(0)
    return digest.hexdigest()


def _refuse_other_format(iban: str, form: str, statement: Statement) -> None:
    days = {one.booked_on for one in statement.booked}
    known = BankEntry.objects.filter(statement__account_iban=iban, booked_on__in=days)
    other = known.exclude(statement__format=form).select_related("statement").order_by("booked_on").first()
    if other is not None:
        raise OtherFormat(
            f"{other.booked_on} was imported as {other.statement.format} already, and an entry can only be known again"
            f" in the same format. Please import {form} files of later days alone."
        )


def _refuse_old_account(iban: str, statement: Statement) -> None:
    """What names no account is taken for one of today's; under an old one's name its entries may be known already."""
    others = OwnAccount.objects.exclude(iban=iban).order_by("pk").values_list("iban", flat=True)
    for other in others if not statement.account else ():
        known = _known([identity for identity, _ in identified(statement, other)])
        if known:
            raise own_account.OtherAccount(
                f"{next(iter(known.values()))} was imported as an entry of {own_account.grouped(other)}, an account of"
                " before. Please import tables of the new one alone."
            )


def _take_in(imported: Imported, iban: str, form: str, statement: Statement) -> None:
    days = [one.booked_on for one in statement.booked]
    days += [one.on for one in (statement.opening, statement.closing) if one is not None]
    row = BankStatement.objects.create(
        file=imported.file,
        format=form,
        account_iban=iban,
        currency=statement.currency,
        number=statement.number,
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        opening_micro=statement.opening.micro if statement.opening else None,
        moved_micro=statement.moved_micro,
        closing_micro=statement.closing.micro if statement.closing else None,
    )
    found = identified(statement, iban)
    known = _known([identity for identity, _ in found])
    imported.pending += len(statement.entries) - len(found)
    for identity, entry in found:
        if identity in known:
            imported.known += 1
            _doubt_twin(row, known[identity], entry)
        else:
            imported.entries.append(_first_seen(row, identity, entry))


def _known(identities: list[str]) -> dict[str, BankEntry]:
    found: dict[str, BankEntry] = {}
    for start in range(0, len(identities), 500):
        rows = BankEntry.objects.filter(identity__in=identities[start : start + 500]).select_related("statement")
        found.update({one.identity: one for one in rows})
    return found


def _first_seen(row: BankStatement, identity: str, entry: Entry) -> BankEntry:
    made = BankEntry(
        identity=identity,
        statement=row,
        booked_on=entry.booked_on,
        value_on=entry.value_on,
        amount_micro=entry.amount_micro,
        currency=entry.currency,
        payer_name=entry.payer_name,
        payer_iban=entry.payer_iban,
        text=entry.text,
        structured_reference=entry.structured_reference,
        end_to_end_id=entry.end_to_end_id,
        bank_reference=entry.bank_reference,
        takes_back=entry.is_reversal or entry.is_return,
    )
    made.save()
    placing.place(made)
    return made


def _doubt_twin(row: BankStatement, known: BankEntry, entry: Entry) -> None:
    """Without a bank's reference, the same in two statements of different numbers may be two that are alike."""
    other = known.statement
    if entry.bank_reference or not row.number or row.number == other.number or not other.number:
        return
    alert(
        TWIN,
        f"{known.identity} {row.number}",
        f"{known} stands in the statements {other.number} and {row.number}, without a reference of the bank. It is"
        " counted once; if two came, credit the second by hand.",
    )


def _look_for_gaps(iban: str) -> None:
    """Put before people what is missing; what came meanwhile is seen to."""
    by_currency: dict[str, list[Span]] = {}
    for one in BankStatement.objects.filter(account_iban=iban, first_on__isnull=False):
        assert one.first_on is not None
        assert one.last_on is not None
        span = Span(one.number, one.first_on, one.last_on, one.opening_micro, one.closing_micro)
        by_currency.setdefault(one.currency, []).append(span)
    subjects = set()
    for currency, spans in by_currency.items():
        for span, sentence in gaps(spans):
            subject = f"{iban} {currency} {span.name} {span.opening_micro}"
            alert(GAP, subject, f"{own_account.grouped(iban)}: {sentence} Something is missing before it.")
            subjects.add(subject)
    alerts.settle_others(GAP, iban, subjects)
