"""Doing at the desk what a page asks about first, as a person does: open the page, send it, read what comes back."""

from django.test import Client


def act(client: Client, address: str, *, is_sent_twice: bool = False, **values: object) -> str:
    """The words of the page one comes back to, from the address of an act without its last slash."""
    page = client.get(f"{address}/")
    assert page.status_code == 200, address
    sent = {"key": page.context["form"]["key"].value(), **values}
    if is_sent_twice:
        client.post(f"{address}/", sent)
    return client.post(f"{address}/", sent, follow=True).content.decode()
