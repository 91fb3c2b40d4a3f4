"""Put a release that its label withdrew back on the shelf. Why it was withdrawn is told, for the desk's memory."""

from django.db import transaction

from obbligato.catalog.models import Release, Withdrawal
from obbligato.kernel.refusals import Refused


class NotWithdrawn(Refused):
    """The release is on the shelf already."""


@transaction.atomic
def put_back(release: Release) -> Withdrawal:
    """Let the release be offered again as it now is; gives the withdrawal that ended. Raises NotWithdrawn."""
    found = Withdrawal.objects.select_for_update().filter(release=release).first()
    if found is None:
        raise NotWithdrawn("This release is not withdrawn.")
    Withdrawal.objects.filter(pk=found.pk).delete()
    return found
