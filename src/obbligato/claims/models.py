"""Claims: who says what about which recordings, every step with who, when and why, and the reasons of decisions."""

from dataclasses import fields
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, gettext_lazy

from obbligato.catalog.models import Label, Recording, Release
from obbligato.catalog.restrictions.models import Effect
from obbligato.claims.notices import Notice
from obbligato.claims.regimes.choosing import REGIMES
from obbligato.claims.regimes.steps import LABELS, Regime, State
from obbligato.kernel import clock

STATES = [(state.value, label) for state, label in LABELS.items()]
ENDED = [State.REFUSED.value, State.RETRACTED.value, State.RESTORED.value, State.CLOSED.value]
REASONED = [
    State.REFUSED.value, State.DISABLED.value, State.NO_ACTION.value, State.RESTRICTED.value, State.UPHELD.value,
    State.REVERSED.value, State.CLOSED.value, State.HELD_FOR_COURT.value,
]  # fmt: skip
RESTRICTING = [State.DISABLED.value, State.RESTRICTED.value]


class Policy(models.Model):
    """What the operator is, as laws on claims ask it, from a moment on. The newest row holds."""

    is_large = models.BooleanField(
        "medium or larger enterprise",
        default=False,
        help_text="50 people or more, or over 10 million euros a year: then Articles 20 to 24 of the DSA hold too.",
    )
    us_agent = models.CharField(
        "designated agent in the United States",
        max_length=300,
        blank=True,
        help_text="As registered with the Copyright Office (17 U.S.C. § 512(c)(2)). Empty: no notice runs under § 512.",
    )
    set_by = models.CharField(max_length=150, editable=False)
    set_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "policy"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"policy of {self.set_at:%Y-%m-%d}"


class Supplier(models.Model):
    """Where a label's people are reached about claims. Whoever has one address of a label hears of all its claims."""

    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="suppliers")
    mail = models.EmailField()
    language = models.CharField(
        max_length=2, default="en", choices=[("en", "English"), ("fr", "French"), ("ru", "Russian")]
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["label", "mail"], name="a_supplier_address_once")]

    def __str__(self) -> str:
        return f"{self.mail} of {self.label}"


class TrustedFlagger(models.Model):
    """Whose notices come first (DSA Article 22): named by a Digital Services Coordinator, known by a mail domain."""

    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, unique=True, help_text="Of their e-mail addresses, such as example.org.")
    awarded_by = models.CharField(max_length=200)
    until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Claim(models.Model):
    """A notice about recordings of one supplier under one law, and where it stands."""

    class Standing(models.TextChoices):
        PROVEN = "proven", gettext_lazy("Proven")
        ASSERTED = "asserted", gettext_lazy("Asserted")
        NONE = "none", gettext_lazy("None")

    class Role(models.TextChoices):
        OWNER = "owner", gettext_lazy("Owner of the right")
        LICENSEE = "licensee", gettext_lazy("Exclusive licensee")
        AGENT = "agent", gettext_lazy("Agent with a mandate")
        TRUSTED_FLAGGER = "trusted_flagger", gettext_lazy("Trusted flagger")
        AUTHORITY = "authority", gettext_lazy("Authority")
        THIRD_PARTY = "third_party", gettext_lazy("Somebody else")

    class Rights(models.TextChoices):
        RECORDING = "recording", gettext_lazy("Sound recording")
        COMPOSITION = "composition", gettext_lazy("Composition")
        COVER = "cover", gettext_lazy("Cover picture")
        TEXT = "text", gettext_lazy("Lyrics or other text")
        OTHER = "other", gettext_lazy("Another right")

    number = models.CharField(max_length=20, unique=True)
    notice_number = models.CharField(max_length=20, db_index=True, help_text="Of the first claim of the same notice.")
    digest = models.CharField(max_length=64, help_text="Of the notice: the same one again is the same claim.")
    part = models.PositiveIntegerField(default=0, help_text="One notice about several suppliers is several claims.")
    regime_name = models.CharField("law", max_length=12, choices=[(name, one.label) for name, one in REGIMES.items()])
    routing_note = models.CharField(max_length=500, blank=True)
    label = models.ForeignKey(Label, on_delete=models.PROTECT, null=True, related_name="claims")
    is_hosted = models.BooleanField(default=True, help_text="Uploaded by a supplier, not licensed to the store.")
    state = models.CharField(max_length=16, choices=STATES, default=State.RECEIVED.value)
    state_since = models.DateTimeField(default=clock.now)
    deadline = models.DateTimeField(null=True, blank=True, help_text="When the clock moves it on.")
    name = models.CharField(max_length=200, blank=True)
    mail = models.CharField(max_length=200, blank=True)
    address = models.TextField(blank=True)
    role = models.CharField(max_length=16, choices=Role.choices)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    standing = models.CharField(max_length=8, choices=Standing.choices)
    is_trusted = models.BooleanField(default=False)
    work = models.TextField(blank=True)
    rights = models.CharField(max_length=12, choices=Rights.choices)
    territories = models.JSONField(help_text='ISO 3166-1 alpha-2 codes, or ["WORLD"].')
    explanation = models.TextField(blank=True)
    is_in_good_faith = models.BooleanField(default=False)
    is_accurate = models.BooleanField(default=False)
    signature = models.CharField(max_length=200, blank=True)
    asks_for_us = models.BooleanField(default=False)
    language = models.CharField(max_length=2)
    channel = models.CharField(max_length=8)
    received_at = models.DateTimeField(default=clock.now)
    supplier_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["digest", "part"], condition=~Q(state__in=ENDED), name="the_same_notice_is_the_same_claim"
            ),
            models.CheckConstraint(
                name="restricted_only_with_standing", condition=~Q(state__in=RESTRICTING) | ~Q(standing="none")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "deadline"], name="claim_by_deadline")]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("claim", args=[self.number, self.secret])

    @property
    def regime(self) -> Regime:
        """The table of what may happen to it."""
        return REGIMES[self.regime_name]

    @property
    def secret(self) -> str:
        """What the claimant's link shows besides the number: 128 bits that only this store can derive (HMAC-SHA256)."""
        return _proof("claimant", self.number)

    @property
    def supplier_secret(self) -> str:
        """The same of the supplier's link."""
        return _proof("supplier", self.number)

    @property
    def reference(self) -> str:
        """Under which its shares are held, and the log knows it."""
        return f"claim:{self.number}"

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def notice(self) -> Notice:
        """The notice that it was made of, with its places."""
        said: dict[str, Any] = {one.name: getattr(self, one.name, None) for one in fields(Notice)}
        said["territories"] = tuple(self.territories)
        said["locators"] = tuple(self.targets.values_list("locator", flat=True))
        return Notice(**said)


class Target(models.Model):
    """One place that a claim names, as it was written, and what is there."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="targets")
    locator = models.CharField(max_length=500)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.locator

    @property
    def is_located(self) -> bool:
        return self.release_id is not None or self.recording_id is not None


class StatementOfReasons(models.Model):
    """Why something is restricted (DSA Article 17): it is there before anything closes, and is never edited."""

    class Ground(models.TextChoices):
        ILLEGAL = "illegal", gettext_lazy("Illegal content")
        INCOMPATIBLE = "incompatible", gettext_lazy("Incompatible with the terms")

    number = models.CharField(max_length=20, unique=True)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="statements")
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.CharField(max_length=150)
    ground = models.CharField(max_length=12, choices=Ground.choices)
    legal_ground = models.CharField(max_length=300, help_text="The provision, or the clause of the terms.")
    facts = models.TextField(help_text="Facts and circumstances, without personal data.")
    explanation = models.TextField(help_text="Why the ground applies to them, without personal data.")
    territories = models.JSONField()
    effects = models.JSONField()
    ends_at = models.DateTimeField(null=True, blank=True)
    is_detected_automatically = models.BooleanField(default=False)
    imposed_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name_plural = "statements of reasons"
        constraints: ClassVar = [
            models.CheckConstraint(name="a_statement_gives_reasons", condition=~Q(facts="") & ~Q(explanation="")),
            models.CheckConstraint(
                name="reasons_before_the_switch", condition=Q(imposed_at__isnull=True) | Q(imposed_at__gte=F("made_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def effect_labels(self) -> list[str]:
        return [gettext(Effect(one).label) for one in self.effects]

    @property
    def is_in_effect(self) -> bool:
        return bool(self.imposed_at) and not self.lifted_at and (self.ends_at is None or self.ends_at > clock.now())


class ClaimStep(models.Model):
    """One thing that happened to a claim: who, when, why. Steps are never edited."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="steps")
    act = models.CharField(max_length=20)
    source = models.CharField(max_length=16, choices=STATES)
    target = models.CharField(max_length=16, choices=STATES)
    who = models.CharField(max_length=8)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=clock.now)
    reason = models.TextField(blank=True)
    statement = models.ForeignKey(StatementOfReasons, on_delete=models.PROTECT, null=True, related_name="steps")
    order = models.ForeignKey(
        "court_orders.CourtOrder", on_delete=models.PROTECT, null=True, related_name="claim_steps"
    )

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_decision_has_a_reason",
                condition=~Q(reason="") | ~Q(target__in=REASONED) | Q(source=F("target")),
            ),
            models.CheckConstraint(
                name="a_restriction_has_a_statement",
                condition=Q(statement__isnull=False) | ~Q(target__in=RESTRICTING) | Q(source=F("target")),
            ),
            models.CheckConstraint(
                name="an_order_is_one_that_is_here",
                condition=Q(order__isnull=False) | ~Q(target=State.COURT_ORDER.value) | Q(source=F("target")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim}: {self.act}"


class Document(models.Model):
    """A file somebody sent with a claim. It is private, named by its SHA-256, and never shown as a page."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=4)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    sent_by = models.CharField(max_length=8)
    is_mandate = models.BooleanField(default=False)
    sent_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "sha256"], name="a_document_once_in_a_claim"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.size_bytes:,} bytes)"


class CounterNotice(models.Model):
    """What a supplier says against a claim under § 512(g)(3); a copy goes to the claimant."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="counter_notices")
    name = models.CharField(max_length=200)
    address = models.TextField()
    explanation = models.TextField(blank=True)
    signature = models.CharField(max_length=200)
    received_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"counter-notice to {self.claim}"


class Complaint(models.Model):
    """That a decision should be looked at again, by somebody else than who made it (DSA Article 20)."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="complaints")
    who = models.CharField(max_length=8)
    text = models.TextField()
    received_at = models.DateTimeField(default=clock.now)
    first_decider = models.CharField(max_length=150)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    is_upheld = models.BooleanField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_complaint_by_another_person", condition=Q(decided_by="") | ~Q(decided_by=F("first_decider"))
            ),
        ]

    def __str__(self) -> str:
        return f"complaint about {self.claim}"


class Strike(models.Model):
    """What a claim that was decided against a supplier counts towards the repeat-infringer policy (§ 512(i)(1)(A))."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="strike")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="strikes")
    made_at = models.DateTimeField(default=clock.now)
    counts_from = models.DateTimeField(help_text="It is provisional until then.")
    void_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"strike of {self.label} by {self.claim}"


class Misuse(models.Model):
    """That somebody sends manifestly unfounded notices (DSA Article 23): a warning, or a pause with an end."""

    mail = models.CharField(max_length=200, db_index=True)
    suspended_until = models.DateTimeField(null=True, help_text="Null: a warning.")
    number = models.PositiveIntegerField(help_text="How many of the notices were unfounded.")
    share_per_mille = models.PositiveIntegerField()
    gravity = models.TextField()
    intent = models.TextField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "misuse"

    def __str__(self) -> str:
        return f"{'pause' if self.suspended_until else 'warning'} of {self.mail}"


class ClaimMail(models.Model):
    """A mail about a claim that has to go out, or went; it says what was so when it was written."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=20)
    to = models.CharField(max_length=254)
    language = models.CharField(max_length=2)
    is_to_supplier = models.BooleanField(default=False)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, help_text="When the mail server took it.")

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


def _proof(whose: str, number: str) -> str:
    return salted_hmac(f"obbligato.claims.{whose}", number, algorithm="sha256").hexdigest()[:32]
