"""Read what a claimant or a supplier typed into a form. It judges nothing, and loses nothing of what was typed."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from obbligato.claims.documents import MOST_BYTES, Sent
from obbligato.claims.elements import Counter
from obbligato.claims.hearing import Added
from obbligato.claims.notices import LANGUAGES, Notice, lines_of, territories_of

TEXTS = ("name", "mail", "address", "on_behalf_of", "work", "explanation", "signature")
SWITCHES = ("is_in_good_faith", "is_accurate")


def notice_in(request: HttpRequest, language: str) -> Notice:
    """The notice of a form."""
    posted = request.POST
    texts: dict[str, Any] = {name: posted.get(name, "").strip() for name in TEXTS}
    switches: dict[str, Any] = {name: name in posted for name in SWITCHES}
    return Notice(
        **texts,
        **switches,
        role=posted.get("role", ""),
        rights=posted.get("rights", ""),
        territories=territories_of(posted.get("territories", "")),
        locators=lines_of(posted.get("locators", "")),
        asks_for_us="asks_for_us" in posted,
        language=posted.get("language", language) if posted.get("language") in LANGUAGES else language,
    )


def added_in(request: HttpRequest) -> Added:
    """What a claimant adds; fields that she left empty stay as they were."""
    posted = request.POST
    texts = {name: posted[name].strip() for name in TEXTS if posted.get(name, "").strip()}
    switches = {name: True for name in SWITCHES if name in posted}
    return Added({**texts, **switches}, lines_of(posted.get("locators", "")), sent_in(request))


def counter_in(request: HttpRequest) -> Counter:
    """The counter-notice of a form."""
    posted = request.POST
    return Counter(
        name=posted.get("name", "").strip(),
        address=posted.get("address", "").strip(),
        explanation=posted.get("explanation", "").strip(),
        believes_mistake="believes_mistake" in posted,
        consents_to_court="consents_to_court" in posted,
        accepts_service="accepts_service" in posted,
        signature=posted.get("signature", "").strip(),
    )


def sent_in(request: HttpRequest) -> list[Sent]:
    """The files of a form; of each no more than tells that it is too large."""
    files = [(one, False) for one in request.FILES.getlist("documents")]
    files += [(one, True) for one in request.FILES.getlist("mandate")]
    return [_sent(file, is_mandate) for file, is_mandate in files if isinstance(file, UploadedFile)]


def _sent(file: "UploadedFile[Any]", is_mandate: bool) -> Sent:
    return Sent(file.name or "document", file.read(MOST_BYTES + 1), is_mandate)
