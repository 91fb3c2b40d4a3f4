"""Looking at the pages of a draft, and sending their forms."""

from io import BytesIO

from django.test import Client
from PIL import Image

from obbligato.catalog.models import Release
from obbligato.sales.editing import drafting


def at(release: Release, name: str) -> str:
    return f"/desk/catalog/release/{release.pk}/draft/{name}/"


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def send(client: Client, release: Release, name: str, values: dict[str, object], status: int = 200) -> str:
    version = drafting.draft_of(release).version
    answer = client.post(at(release, name), {"version": version, **values}, follow=True)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def a_cover(colour: str = "red") -> bytes:
    file = BytesIO()
    Image.new("RGB", (300, 300), colour).save(file, "PNG")
    return file.getvalue()
