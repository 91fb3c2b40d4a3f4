"""Incidents, rulings, standing: each fact a row with a who, a when and a why, and documents by their SHA-256.

What was said is kept; a later row says otherwise.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from obbligato.catalog.models import Recording
from obbligato.kernel import clock
from obbligato.kernel.money import format_money
from obbligato.payments.models import RailBlock
from obbligato.standing import words
from obbligato.standing.words import Basis, Due, Kind, Outcome, Paper, Role, Standing, State, Word

ENDED = {State.DISMISSED, State.CLOSED_RESTORED, State.CLOSED_UPHELD, State.SETTLED}
OPEN_STATES = [one for one in State if one not in ENDED]


class Incident(models.Model):
    """A payment company stopped or limited what it does for the store, or seems to have."""

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    subject = models.CharField(max_length=80, help_text="rail:name, or a failure domain as kind:name.")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.DETECTED)
    instructing_party = models.CharField(max_length=200, blank=True, help_text="Who decided, by the company's word.")
    basis = models.CharField(max_length=16, choices=Basis.choices, default=Basis.NONE_GIVEN)
    cited_text = models.TextField(blank=True, help_text="Word for word.")
    notice_received_on = models.DateField(null=True, blank=True)
    notice_effective_on = models.DateField(null=True, blank=True)
    notice_agreed_days = models.PositiveIntegerField(default=0, help_text="By the contract.")
    methods_withheld = models.JSONField(default=list, blank=True)
    countries_withheld = models.JSONField(default=list, blank=True)
    case_number = models.CharField(max_length=100, blank=True, help_text="Of our suit, once there is one.")
    opened_by = models.CharField(max_length=150)
    opened_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.number}: {self.get_kind_display()}, {self.subject}"

    @property
    def adjudicated(self) -> bool:
        """Whether somebody who may decide what is lawful is named as having decided."""
        return self.basis in words.ADJUDICATED

    @property
    def notice_given_days(self) -> int:
        """From the notice's arrival to its effect; 0 where it was none."""
        if self.notice_received_on is None or self.notice_effective_on is None:
            return 0
        return max(0, (self.notice_effective_on - self.notice_received_on).days)

    @property
    def notice_shortfall_days(self) -> int:
        """So many days less notice than the contract promises."""
        return max(0, self.notice_agreed_days - self.notice_given_days)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class IncidentRail(models.Model):
    """One rail that an incident is about, and whether it is this incident that keeps payments from it."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="rails")
    provider = models.CharField(max_length=32, db_index=True)
    is_stopped = models.BooleanField(default=False)
    noted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["incident", "provider"], name="incident_rail_once")]

    def __str__(self) -> str:
        return self.provider


class Signal(models.Model):
    """What a machine said: a rail's own no to the store, from which an incident was opened or which it met again."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="signals")
    block = models.OneToOneField(RailBlock, on_delete=models.PROTECT, related_name="signal")
    noted_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return str(self.block)


class Document(models.Model):
    """A file as it came, kept unchanged below the data folder and never shown inside a page."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=12, choices=Paper.choices)
    title = models.CharField(max_length=200)
    original_name = models.CharField(max_length=150)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    added_by = models.CharField(max_length=150)
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["incident", "sha256"], name="document_once")]

    def __str__(self) -> str:
        return self.title


class IncidentStep(models.Model):
    """An incident went from one state to another. A signal alone brings it no further than DETECTED."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="steps")
    before = models.CharField(max_length=20, choices=State.choices, blank=True)
    after = models.CharField(max_length=20, choices=State.choices)
    at = models.DateTimeField(default=clock.now)
    by = models.CharField(max_length=150)
    why = models.CharField(max_length=500)
    is_signal = models.BooleanField(default=False, help_text="No person and no document said so.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="a_signal_only_detects", condition=Q(is_signal=False) | Q(after="detected")),
            models.CheckConstraint(name="a_step_has_who_and_why", condition=~Q(by="") & ~Q(why="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_after_display()}: {self.why}"


class Note(models.Model):
    """Something that was done or heard about an incident and is no step of it."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=500)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.text


class Actor(models.Model):
    """Somebody in the chain, the rule she cited, and whom she named as the one who decided."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="actors")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=12, choices=Role.choices)
    rule_cited = models.CharField(max_length=500, blank=True)
    names_as_decider = models.CharField(max_length=200, blank=True)
    added_by = models.CharField(max_length=150)
    added_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """What an actor was asked, and what she answered, if she did."""

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="questions")
    text = models.CharField(max_length=500)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=clock.now)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    noted_by = models.CharField(max_length=150, blank=True, help_text="Who wrote the answer down.")

    def __str__(self) -> str:
        return self.text


class DataDemand(models.Model):
    """Somebody demanded data of customers. Nothing in the store hands any out; what was answered is kept."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="demands")
    demanded_by = models.CharField(max_length=200)
    what = models.CharField(max_length=500)
    basis = models.CharField(max_length=16, choices=Basis.choices, default=Basis.NONE_GIVEN)
    noted_by = models.CharField(max_length=150)
    noted_at = models.DateTimeField(default=clock.now)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.what


class NamedItem(models.Model):
    """Something the company named, in its words, and what of the catalogue that is, with its licence as it stood."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="items")
    text = models.CharField(max_length=300)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    licence_basis = models.CharField(max_length=16, blank=True)
    licence_evidence = models.TextField(blank=True)
    finding = models.CharField(max_length=300)
    checked_by = models.CharField(max_length=150)
    checked_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.text


class ProviderStanding(models.Model):
    """The legal state of a rail's contract from a moment on; the last row is the present one."""

    provider = models.CharField(max_length=32, db_index=True)
    state = models.CharField(max_length=16, choices=Standing.choices)
    until = models.DateField(null=True, blank=True, help_text="When a notice runs out.")
    holds_funds = models.BooleanField(default=False, help_text="Funds held, whatever else it does.")
    share_per_mille = models.PositiveIntegerField(default=1_000, help_text="Of those who pay, on the way back.")
    methods_withheld = models.JSONField(default=list, blank=True)
    countries_withheld = models.JSONField(default=list, blank=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="standings")
    by = models.CharField(max_length=150)
    why = models.CharField(max_length=500)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "standing"
        constraints: ClassVar = [
            models.CheckConstraint(name="standing_share", condition=Q(share_per_mille__lte=1_000)),
            models.CheckConstraint(name="standing_has_who_and_why", condition=~Q(by="") & ~Q(why="")),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.get_state_display()}"


class Ruling(models.Model):
    """What a court decided: to whom it speaks and what its operative part says, and nothing beyond."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="rulings")
    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    court = models.CharField(max_length=200)
    case_number = models.CharField(max_length=100)
    decided_on = models.DateField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    operative_part = models.TextField(help_text="Word for word.")
    obligations = models.TextField(blank=True, help_text="What it tells the addressees to do, until when.")
    speaks_for_us = models.BooleanField(help_text="Whether this store's own legal entity is a party to it.")
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.court}, {self.case_number}"


class Addressee(models.Model):
    """A legal entity that a ruling speaks to, and the rail for which it is our counterparty, if it is one."""

    ruling = models.ForeignKey(Ruling, on_delete=models.PROTECT, related_name="addressees")
    name = models.CharField(max_length=200)
    provider = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return self.name


class RulingWord(models.Model):
    """What became of a ruling, by a document; it counts for nothing before a second person has checked it."""

    ruling = models.ForeignKey(Ruling, on_delete=models.PROTECT, related_name="words")
    state = models.CharField(max_length=10, choices=Word.choices)
    on = models.DateField(help_text="The day from which it is so.")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField(default=clock.now)
    checked_by = models.CharField(max_length=150, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    is_rejected = models.BooleanField(default=False)
    remark = models.CharField(max_length=500, blank=True, help_text="How it was checked, or why it was rejected.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ruling_by_two_people", condition=Q(checked_by="") | ~Q(checked_by=F("entered_by"))
            ),
            models.CheckConstraint(
                name="ruling_checked_by_somebody", condition=Q(checked_at__isnull=True) | ~Q(checked_by="")
            ),
            models.UniqueConstraint(
                fields=["ruling"], condition=Q(checked_at__isnull=True), name="one_unchecked_word_of_a_ruling"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ruling}: {self.get_state_display()}"


class Letter(models.Model):
    """A letter of ours as it was written: the text of the mail, and its PDF among the documents."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=20, choices=words.Letter.choices)
    language = models.CharField(max_length=2)
    to_name = models.CharField(max_length=200)
    to_email = models.EmailField(blank=True)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    answer_by = models.DateField()
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.CharField(max_length=150, blank=True)
    is_by_mail = models.BooleanField(default=False, help_text="Sent by the store's mail; else by other means.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="letter_sent_by_somebody", condition=Q(sent_at__isnull=True) | ~Q(sent_by="")),
        ]

    def __str__(self) -> str:
        return self.subject


class Deadline(models.Model):
    """A day by which something has to happen, and when people were reminded of it."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="deadlines")
    kind = models.CharField(max_length=12, choices=Due.choices)
    day = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField(default=clock.now)
    met_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    overdue_told_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.day:%Y-%m-%d}"


class FundsWord(models.Model):
    """What a company says that it holds back or lets go, in micro-units; the books say the same from then on."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="funds")
    provider = models.CharField(max_length=32)
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField(help_text="Below zero where it lets go.")
    by = models.CharField(max_length=150)
    why = models.CharField(max_length=300)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="funds_word_some", condition=~Q(amount_micro=0))]

    def __str__(self) -> str:
        return f"{self.provider}: {format_money(self.amount_micro, self.currency)}"
