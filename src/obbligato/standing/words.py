"""The states, kinds and roles that incidents and rulings are told in, each with its words. It decides nothing."""

from django.db.models import TextChoices


class State(TextChoices):
    """Where an incident stands; which may follow which says `steps.ALLOWED`."""

    DETECTED = "detected", "Detected: a person has to look"
    CONFIRMED = "confirmed", "Confirmed"
    DISMISSED = "dismissed", "Dismissed: it was none"
    BASIS_REQUESTED = "basis_requested", "The legal basis was asked for"
    BASIS_RECORDED = "basis_recorded", "A legal basis was named"
    BASIS_REFUSED = "basis_refused", "No legal basis was named in time"
    CURED_PENDING = "cured_pending", "Cured by us, waiting for the company"
    CONTESTED = "contested", "Contested"
    PROCEEDINGS = "proceedings", "Before a court"
    RULED = "ruled", "Ruled, without effect here so far"
    RESTORATION_DUE = "restoration_due", "Restoration is due by a ruling in force"
    RESTORED_CANARY = "restored_canary", "Coming back step by step"
    ENFORCEMENT = "enforcement", "Enforcement"
    CLOSED_RESTORED = "closed_restored", "Closed: restored"
    CLOSED_UPHELD = "closed_upheld", "Closed: upheld by a ruling in force"
    SETTLED = "settled", "Settled"


class Standing(TextChoices):
    """The legal state of a contract with a payment company."""

    ONBOARDING = "onboarding", "Being set up"
    ACTIVE = "active", "Active"
    NOTICE_GIVEN = "notice_given", "Notice was given"
    RESTRICTED = "restricted", "Restricted"
    SUSPENDED = "suspended", "Suspended"
    TERMINATED = "terminated", "Terminated"
    RESTORED_CANARY = "restored_canary", "Coming back step by step"


class Kind(TextChoices):
    """What a company did."""

    SUSPENSION = "suspension", "Suspension"
    TERMINATION = "termination", "Termination of the contract"
    RESTRICTION = "restriction", "Restriction of some items, methods or countries"
    FUNDS_HELD = "funds_held", "Funds held back"
    NETWORK_LISTING = "network_listing", "Listing by a network"


STOPPING = {Kind.SUSPENSION, Kind.TERMINATION, Kind.NETWORK_LISTING}
"""Kinds after which nothing new is sent to a rail from the day they take effect."""


class Basis(TextChoices):
    """What a company names as the reason in law."""

    COURT_ORDER = "court_order", "Order of a court"
    STATUTE = "statute", "Statute or sanctions"
    REGULATOR = "regulator", "Order of a regulator"
    CONTRACT = "contract", "Clause of the contract"
    SCHEME_RULE = "scheme_rule", "Rule of a card scheme"
    ALLEGATION = "allegation", "Allegation of a third party"
    RISK = "risk", "Measure of risk"
    IDENTITY = "identity", "Check of identity or card security"
    NONE_GIVEN = "none_given", "None given"


ADJUDICATED = {Basis.COURT_ORDER, Basis.STATUTE, Basis.REGULATOR}
"""Only these can come from somebody who may decide what is lawful."""


class Role(TextChoices):
    """What somebody is in the chain that led to an incident."""

    PROCESSOR = "processor", "Payment company"
    ACQUIRER = "acquirer", "Acquiring bank"
    NETWORK = "network", "Card network"
    THIRD_PARTY = "third_party", "Third party that complained"
    AUTHORITY = "authority", "Authority"
    COURT = "court", "Court"
    OTHER = "other", "Other"


class Paper(TextChoices):
    """What a document is."""

    LETTER_IN = "letter_in", "Letter received"
    LETTER_OUT = "letter_out", "Letter of ours"
    RULING = "ruling", "Ruling"
    CONTRACT = "contract", "Contract or terms"
    OTHER = "other", "Other"


class Word(TextChoices):
    """What became of a ruling, as documents say."""

    DECIDED = "decided", "Decided"
    IN_FORCE = "in_force", "In force"
    APPEALED = "appealed", "Appealed"
    REVERSED = "reversed", "Reversed on appeal"


class Outcome(TextChoices):
    """For whom a ruling speaks, by its operative part."""

    FAVOURABLE = "favourable", "It tells the addressees to perform"
    UNFAVOURABLE = "unfavourable", "It upholds what was done"


class Letter(TextChoices):
    """What a letter of ours asks for."""

    BASIS = "basis_request", "Request for the legal basis"
    DEMAND = "restoration_demand", "Demand to restore, by a ruling in force"


class Due(TextChoices):
    """What a deadline is for."""

    BASIS = "basis", "Answer to the request for the legal basis"
    RESTORATION = "restoration", "Restoration after a ruling in force"
    FUNDS = "funds", "Release of funds held"
    OTHER = "other", "Other"
