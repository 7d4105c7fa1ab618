"""E-mail over SMTP, one step at a time, so that it is always known how far a message came.

Django's backend opens the connection (host, TLS, sign-in); the dialogue is held here, because only
the moment between the last line and the dot that ends a message decides whether it was delivered.
"""

import re
import smtplib
from email.utils import parseaddr
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from .ways import Hand, NotDelivered, Unconfirmed

DOWN = (OSError, smtplib.SMTPException)


class Postman:
    """One connection for a round of mails; opened when the first one goes, closed at the end."""

    def __init__(self) -> None:
        self.backend: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        backend, self.backend = self.backend, None
        if backend is not None:
            try:
                backend.close()
            except DOWN:
                pass

    def deliver(self, message: EmailMessage, hand: Hand) -> None:
        """Send one message to its one reader. Raises `NotDelivered`, `Unconfirmed`, `Lost`."""
        if self.backend is None:
            self.backend = get_connection()
        if not isinstance(self.backend, EmailBackend):  # console, files or memory: no dialogue
            hand()
            self.backend.send_messages([message])
            return
        try:
            self.backend.open()
        except DOWN as error:
            self.close()
            raise NotDelivered(words_of(error), everybody=True) from error
        try:
            server = self.backend.connection
            assert server is not None  # `open` has made it, or raised
            converse(server, message, hand)
        except BaseException:
            self.close()
            raise


def converse(server: smtplib.SMTP, message: EmailMessage, hand: Hand) -> None:
    """The dialogue for one message; `hand` is called between its last line and the ending dot."""
    sender = parseaddr(message.from_email or settings.DEFAULT_FROM_EMAIL)[1]
    reader = parseaddr(message.to[0])[1]
    text: bytes = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    text = re.sub(rb"(?m)^\.", b"..", text)
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    try:
        server.ehlo_or_helo_if_needed()
        expect(server.mail(sender), 250)
        expect(server.rcpt(reader), 250, 251)
        expect(server.docmd("DATA"), 354)
        server.send(text)
    except DOWN as error:
        raise NotDelivered(words_of(error)) from error
    hand()
    try:
        server.send(b".\r\n")
        answer = server.getreply()
    except DOWN as error:
        raise Unconfirmed(words_of(error)) from error
    expect(answer, 250)


def expect(answer: tuple[int, bytes], *good: int) -> None:
    """Raise `NotDelivered` for any other answer; 5xx is final, 4xx is not."""
    code, text = answer
    if code not in good:
        words = text.decode("utf-8", "replace")
        raise NotDelivered(f"{code} {words}", final=500 <= code < 600)


def words_of(error: BaseException) -> str:
    """The error in short, without anything secret."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the mail server refused the hub's sign-in"
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return f"{error.smtp_code} {words}"
    return f"{type(error).__name__}: {error}"
