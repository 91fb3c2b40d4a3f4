"""Put before a person what only a person can decide, once. It decides nothing and mails nobody."""

from obbligato.payments.models import Alert

SENTENCE_LENGTH = 300


def alert(kind: str, subject: str, sentence: str) -> Alert:
    """The alert of this kind about this subject; the first sentence stands."""
    defaults = {"sentence": sentence[:SENTENCE_LENGTH]}
    made, _ = Alert.objects.get_or_create(kind=kind, subject=subject[:150], defaults=defaults)
    return made
