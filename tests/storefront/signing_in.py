"""Be signed in, and have shown one's password a moment ago or not."""

import time

from django.test import Client

from obbligato.people.models import Person

PROOFS = "account_authentication_methods"
"""Where allauth keeps, in the session, how and when somebody showed who she is."""


def sign_in(client: Client, person: Person, *, proven_seconds_ago: float = 0) -> None:
    """As she is after she typed in her password that long ago."""
    client.force_login(person)
    session = client.session
    session[PROOFS] = [{"method": "password", "at": time.time() - proven_seconds_ago, "reauthenticated": True}]
    session[f"{PROOFS}_user"] = str(person.pk)
    session.save()
