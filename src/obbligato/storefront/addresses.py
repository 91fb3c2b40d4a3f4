"""Where on the network a visitor is, for counting attempts. It is never taken for where she lives."""

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from obbligato.people.throttle import network_of


class StoreAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How allauth, and through it the API, learns a client's address."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the farthest of the store's own proxies saw (X-Forwarded-For), else who is connected.

        A request that came past the proxies, or names no address there, is its connection's: never a fault.
        """
        try:
            return str(super().get_client_ip(request))
        except (ImproperlyConfigured, PermissionDenied):
            return str(request.META.get("REMOTE_ADDR") or "0.0.0.0")


def origins_of(request: HttpRequest) -> tuple[str, ...]:
    """What the request comes from, each a name to be counted by: its network, and its session."""
    network = network_of(get_adapter().get_client_ip(request))
    return (f"network {network}", f"session {request.session.session_key}")
