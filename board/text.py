"""What people type, made safe to keep: pure functions, no database."""

import hashlib
import re

from .problems import BadClientId, BadText, EmptyText, LongText

BODY_LIMIT = 2000

# Control characters but tab and newline, and the marks that turn text around (they can make a
# sentence read as another one).
UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
SURROGATE = re.compile("[\ud800-\udfff]")
CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def clean_body(text: str, *, required: bool = True) -> str:
    """The text as it is stored: trimmed, newlines as `\\n`, without control characters.

    Raises `BadText` for lone surrogates, `EmptyText` (when `required`) and `LongText` (more than
    2,000 characters).
    """
    if SURROGATE.search(text):
        raise BadText
    text = UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if required and not text:
        raise EmptyText
    if len(text) > BODY_LIMIT:
        raise LongText(length=len(text), limit=BODY_LIMIT)
    return text


def checked_client_id(client_id: str) -> str:
    """The client id itself. Raises `BadClientId`."""
    if not CLIENT_ID.fullmatch(client_id):
        raise BadClientId
    return client_id


def fingerprint(*parts: str) -> str:
    """SHA-256 (hex) of what was sent; tells a repeated send from another one."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
