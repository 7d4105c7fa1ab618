"""Every role at every address gets exactly what DESIGN's rights say; no address is forgotten."""

import json
import re
import uuid
from typing import Any

import pytest
import websockets.exceptions
import websockets.sync.client
from django.db import transaction
from django.http import HttpResponse

from tests.people import client_of
from tests.processes import Server
from townships.actors import Actor

from .matrix import METHODS, Row, Strangers, World, route_of, url_routes, websocket_routes
from .routes import ROWS, THINGS

PAGES = [row for row in ROWS if row.method != "WS"]
SOCKETS = [row for row in ROWS if row.method == "WS"]


def concrete(path: str, things: Any) -> str:
    """The path with every `{name}` replaced by its thing."""
    return re.sub(r"\{(\w+)\}", lambda found: str(things[found[1]]), path)


def ask(row: Row, actor: Actor, path: str, body: Any) -> Any:
    """Send the row's request as the actor, as a browser of the hub would."""
    client = client_of(actor, raise_request_exception=False)
    headers = dict(row.headers)
    content_type = headers.pop("Content-Type", None)
    options: dict[str, Any] = {"headers": headers}
    if body is not None or row.method in ("POST", "PUT", "PATCH"):
        if path.startswith("/api/") and content_type is None:
            options |= {"data": json.dumps(body or {}), "content_type": "application/json"}
        elif content_type is not None:
            options |= {"data": body or b"", "content_type": content_type}
        elif row.method == "POST":
            options |= {"data": body or {}}
    return getattr(client, row.method.lower())(path, **options)


def seen(response: HttpResponse) -> tuple[int, str, bytes]:
    """What a stranger can tell answers apart by; ids that were asked for and tokens taken out."""
    content = b"" if response.streaming else response.content
    content = re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"ID", content)
    content = re.sub(rb'csrfmiddlewaretoken" value="\w+"|csrf[-\w]*="\w+"', b"", content)
    content = re.sub(rb'(nonce|content)="[\w-]{16,}"', b"", content)
    return response.status_code, response.headers.get("Content-Type", ""), content


@pytest.mark.django_db
@pytest.mark.timeout(400)  # some addresses print a document, once for each role
@pytest.mark.parametrize("row", PAGES, ids=str)
def test_every_role_gets_what_the_table_says(row: Row) -> None:
    """The row's eight statuses; a foreign thing answers exactly like a missing one."""
    world = World(THINGS)
    path = concrete(row.path, world)
    body = row.body(world) if callable(row.body) else row.body
    observed = {}
    for role, actor in world.actors.items():
        with transaction.atomic():
            response = ask(row, actor, path, body)
            transaction.set_rollback(True)
        observed[role] = response.status_code
        foreign = role == "foreign_organiser" and " " in row.expected
        if foreign and response.status_code == 404 and path != row.path:
            missing = ask(row, actor, concrete(row.path, Strangers()), body)
            assert seen(response) == seen(missing), "a foreign thing differs from a missing one"
    line = " ".join(map(str, observed.values()))
    assert observed == row.statuses(), f"{row} answers {line}\ninstead of {row.expected}"


def test_every_route_is_in_the_table() -> None:
    """Each route of the URLconf has a row for every method its view takes."""
    listed: dict[str, set[str]] = {}
    for row in PAGES:
        path = concrete(row.path, _Any())
        listed.setdefault(route_of(path), set()).add(row.method)
    missing = [
        f"{method} {route}"
        for route, methods in sorted(url_routes().items())
        for method in METHODS
        if method in methods and method not in listed.get(route, set())
    ]
    assert not missing, "not in tests/hub/routes/:\n" + "\n".join(missing)


def test_every_websocket_route_is_in_the_table() -> None:
    """Each websocket route has at least one row."""
    unlisted = {
        route
        for route in websocket_routes()
        if not any(_matches(route, row.path) for row in SOCKETS)
    }
    assert not unlisted, f"not in tests/hub/routes/: {sorted(unlisted)}"


@pytest.mark.parametrize("row", SOCKETS, ids=str)
def test_every_role_at_the_websockets(row: Row, daphne_server: Server) -> None:
    """Accepted (101), refused (403) or closed with a code, for each role on the real server."""
    world = World(THINGS)
    path = concrete(row.path, world)
    observed = {role: handshake(daphne_server, path, actor) for role, actor in world.actors.items()}
    line = " ".join(map(str, observed.values()))
    assert observed == row.statuses(), f"{row} answers {line}\ninstead of {row.expected}"


def handshake(server: Server, path: str, actor: Actor) -> int:
    """Open a websocket and wait for its first frame: 101, the HTTP status, or the close code."""
    try:
        with websockets.sync.client.connect(
            server.ws(path), additional_headers=server.headers(actor), proxy=None
        ) as socket:
            socket.recv(timeout=5)
            return 101
    except websockets.exceptions.InvalidStatus as refused:
        return refused.response.status_code
    except websockets.exceptions.ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


class _Any(dict[str, Any]):
    """Stands for things where only the shape of an address matters."""

    def __missing__(self, name: str) -> str:
        return PLAIN.get(name) or str(uuid.UUID(int=1))


# Things that are no UUIDs, by an example that fits their place in an address.
PLAIN = {
    "year": "2026",
    "quarter": "1",
    "token": "token",
    "code": "ABC234",
    "size": "hall",
    "number": "1",
}


def _matches(route: str, path: str) -> bool:
    pattern = re.sub(r"<[^>]+>", r"[^/]+", re.escape(route).replace(r"\<", "<").replace(r"\>", ">"))
    plain = re.sub(r"\{\w+\}", "x", path).lstrip("/").partition("?")[0]
    return re.fullmatch(pattern, plain) is not None
