"""What every page shows around its content: the store's name, the wallet, the basket. It reads only."""

from django.conf import settings
from django.http import HttpRequest


def surroundings(request: HttpRequest) -> dict[str, object]:
    """Context for every template."""
    return {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
