"""Where a websocket handshake may come from, and whose address it is."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

Origin = tuple[str, str, int]
PORTS = {"http": 80, "https": 443}


def parse_origin(text: str) -> Origin | None:
    """Scheme, host and port of an Origin header; None for `null` and whatever is malformed."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
        return None
    if parts.path or parts.query or parts.fragment or text != text.strip():
        return None
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme]


def headers_of(scope: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def origin_allowed(scope: Mapping[str, Any], headers: Mapping[str, list[str]]) -> bool:
    """Whether the page that opens this socket is ours: one of ORIGINS, or the very origin it is served
    from (scheme, host and port, the host being one of ALLOWED_HOSTS)."""
    given = headers.get("origin", [])
    origin = parse_origin(given[0]) if len(given) == 1 else None
    if origin is None:
        return False
    return origin in listed(settings.ORIGINS) or origin == own_origin(scope, headers)


def listed(origins: Iterable[str]) -> set[Origin]:
    return {parsed for text in origins if (parsed := parse_origin(text.rstrip("/"))) is not None}


def own_origin(scope: Mapping[str, Any], headers: Mapping[str, list[str]]) -> Origin | None:
    """The origin the server is addressed by, or None for a host that is not ours."""
    scheme = "https" if scope.get("scheme") in ("wss", "https") else "http"
    if settings.PROXIES:
        forwarded = headers.get("x-forwarded-proto", [""])[-1].split(",")[-1].strip()
        scheme = forwarded if forwarded in PORTS else scheme
    host = headers.get("host", [""])[0]
    own = parse_origin(f"{scheme}://{host}")
    hosts = settings.ALLOWED_HOSTS
    if own is None or not validate_host(own[1].strip("[]"), [name.strip("[]") for name in hosts]):
        return None
    return own


def address_of(scope: Mapping[str, Any], headers: Mapping[str, list[str]]) -> str:
    """The reader's address. Forwarding headers count only behind PROXIES trusted proxies."""
    client = scope.get("client")
    address = str(client[0]) if client else ""
    if settings.PROXIES:
        chain = [
            part.strip()
            for value in headers.get("x-forwarded-for", [])
            for part in value.split(",")
        ]
        if len(chain) >= settings.PROXIES:
            return chain[-settings.PROXIES]
    return address
