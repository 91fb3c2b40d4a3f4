"""Which server takes mails, as a URL says it and as it is written back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.kernel.mail_servers import MailServer, mail_server

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    scheme=st.sampled_from(["smtp", "smtps"]),
    host=st.sampled_from(["mail.example", "localhost", "192.0.2.1", "2001:db8::1"]),
    port=st.integers(1, 65_535),
    user=TEXTS.filter(bool),
    password=TEXTS,
)
def test_a_server_comes_back_as_it_was(scheme: str, host: str, port: int, user: str, password: str) -> None:
    server = MailServer(scheme, host, port, user, password)
    assert mail_server(server.url) == server


def test_ports_and_encryption_follow_from_the_scheme() -> None:
    secret, plain, here = map(mail_server, ["smtps://mail.example", "smtp://mail.example", "smtp://localhost"])
    assert (secret.port, secret.is_tls, secret.is_starttls) == (465, True, False)
    assert (plain.port, plain.is_tls, plain.is_starttls) == (587, False, True)
    assert (here.is_tls, here.is_starttls) == (False, False)
    assert plain.url == "smtp://mail.example:587"


@pytest.mark.parametrize("url", ["", "mail.example", "https://mail.example", "smtp://", "smtp://host:port"])
def test_anything_else_is_none(url: str) -> None:
    with pytest.raises(ValueError):
        mail_server(url)
