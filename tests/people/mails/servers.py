"""Mail servers that answer as they are told to, without a wire; put in place by the name of their class."""

import smtplib
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Killed(BaseException):
    """The process ends here, and notes nothing."""


def refuses(code: int = 550, said: bytes = b"No such user here") -> Callable[[EmailMessage], None]:
    def answer(message: EmailMessage) -> None:
        raise smtplib.SMTPRecipientsRefused({message.to[0]: (code, said)})

    return answer


def hangs_up(message: EmailMessage) -> None:
    raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


def is_killed(message: EmailMessage) -> None:
    raise Killed


class Server(BaseEmailBackend):
    """`answers` are those of the mails to come; where there is none more, it takes them. None: it takes this one.
    `is_there` says whether it can be reached at all; `kills_after`, how many more it takes before the process dies."""

    answers: ClassVar[list[Callable[[EmailMessage], None] | None]] = []
    taken: ClassVar[list[EmailMessage]] = []
    is_there: ClassVar[bool] = True
    kills_after: ClassVar[int] = 0
    opened: ClassVar[int] = 0

    def open(self) -> bool:
        Server.opened += 1
        if not Server.is_there:
            raise ConnectionRefusedError("Nobody listens.")
        return True

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            if Server.answers and (answer := Server.answers.pop(0)):
                answer(message)
            Server.taken.append(message)
            if Server.kills_after:
                Server.kills_after -= 1
                raise Killed
        return len(messages)


def put_in_place(settings: Any) -> type[Server]:
    """A new one, that takes all."""
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.answers, Server.taken, Server.is_there, Server.kills_after, Server.opened = [], [], True, 0, 0
    return Server
