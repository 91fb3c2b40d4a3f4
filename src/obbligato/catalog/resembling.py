"""Find what in the catalogue sounds like a master that has just come in. It only tells; nobody is refused for it.

Candidates share a few landmarks, which are indexed; only these few are compared, fingerprint with fingerprint.
"""

from django.db.models import Count

from obbligato.audio.likeness import MOST_DIFFERING, difference, landmarks, words_of
from obbligato.catalog.models import Landmark, Master, Release, Track

CANDIDATES = 20
_LEAST_SHARED = 2
"""Two unrelated recordings share one of 64 landmarks once in a while; those that are alike share several."""


def remember(master: Master) -> None:
    """Make a saved master one that others are found to sound like."""
    Landmark.objects.filter(master=master).delete()
    numbers = landmarks(words_of(master.fingerprint or ""))
    Landmark.objects.bulk_create([Landmark(master=master, number=number) for number in numbers])


def resembled_by(master: Master, *, besides: Release | None) -> Track | None:
    """The track on sale that sounds most like this master, None where there is none.

    Tracks of the release `besides` do not count, nor those with the very samples of this master: they are known to
    be the same recording.
    """
    words = words_of(master.fingerprint or "")
    others = Landmark.objects.exclude(master__tracks__edition__release=besides) if besides else Landmark.objects
    shared = (
        others.filter(number__in=landmarks(words))
        .exclude(master__pcm_md5=master.pcm_md5)
        .values("master")
        .annotate(shared=Count("pk", distinct=True))
        .filter(shared__gte=_LEAST_SHARED)
        .order_by("-shared", "master")[:CANDIDATES]
    )
    candidates = Master.objects.only("pk", "fingerprint").in_bulk([row["master"] for row in shared])
    differences = {pk: difference(words, words_of(one.fingerprint or "")) for pk, one in candidates.items()}
    for pk in sorted(differences, key=lambda pk: (differences[pk], pk)):
        track = Track.objects.filter(master=pk, edition__current_of__isnull=False).select_related("edition").first()
        if differences[pk] <= MOST_DIFFERING and track is not None:
            return track
    return None
