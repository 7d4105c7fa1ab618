"""The machinery of the role x tenant x route matrix; the table itself is tests/hub/routes/."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import ResolverMatch
from ninja.operation import PathView

from townships.actors import NOBODY, Actor
from townships.models import County, Role, Township

from ..people import make_guest, make_item, make_meeting, make_person

ROLES = (
    "organiser",
    "member",
    "other_member",
    "observer",
    "archivist",
    "guest",
    "nobody",
    "foreign_organiser",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


# Statuses that many rows share.
ORGANISERS_PAGE = "200 403 403 403 403 403 302 200"  # their own county's
ORGANISERS_POST = "302 403 403 403 403 403 401 404"


@dataclass(frozen=True)
class Row:
    """What every role gets for one method and address. See tests/hub/routes/."""

    method: str
    path: str
    expected: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def statuses(self) -> dict[str, int]:
        """Expected status by role; a single number means all roles."""
        numbers = [int(each) for each in self.expected.split()]
        if len(numbers) == 1:
            numbers *= len(ROLES)
        return dict(zip(ROLES, numbers, strict=True))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class World:
    """One county with one of everything, and a stranger's county; made as far as it is asked for.

    `world["meeting"]` is the id of a thing by its name in THINGS; `world.actors` are the roles.
    """

    def __init__(self, things: dict[str, "Thing"]) -> None:
        self.things = things
        self.made: dict[str, Any] = {}
        self.county = County.objects.create(name="云岭县")
        self.township, self.other_township = (
            Township.objects.create(county=self.county, name=name, position=position)
            for position, name in enumerate(["青石镇", "白沙乡"], start=1)
        )

    @cached_property
    def meeting(self) -> Any:
        """Announced, with one agenda item."""
        return make_meeting(self.county, "announced")

    @cached_property
    def live_meeting(self) -> Any:
        return make_meeting(self.county, "live", allows_guests=True, join_code="ABC234")

    @cached_property
    def draft_meeting(self) -> Any:
        meeting = make_meeting(self.county, "draft")
        make_item(meeting, self.township)
        return meeting

    @cached_property
    def closed_meeting(self) -> Any:
        return make_meeting(self.county, "closed")

    @cached_property
    def item(self) -> Any:
        return make_item(self.meeting, self.township)

    @cached_property
    def actors(self) -> dict[str, Actor]:
        """The actor of every role."""
        elsewhere = County.objects.create(name="清河县")
        return {
            "organiser": make_person(self.county, Role.ORGANISER, "organiser"),
            "member": make_person(self.county, Role.MEMBER, "member", self.township),
            "other_member": make_person(
                self.county, Role.MEMBER, "other_member", self.other_township
            ),
            "observer": make_person(self.county, Role.OBSERVER, "observer"),
            "archivist": make_person(self.county, Role.ARCHIVIST, "archivist"),
            "guest": make_guest(self.live_meeting),
            "nobody": NOBODY,
            "foreign_organiser": make_person(elsewhere, Role.ORGANISER, "foreign_organiser"),
        }

    def __getitem__(self, name: str) -> Any:
        """The value that stands in an address for `{name}`, mostly an id."""
        if name not in self.made:
            made = self.things[name](self)
            self.made[name] = getattr(made, "pk", made)
        return self.made[name]


Thing = Callable[[World], Any]


class Strangers(dict[str, Any]):
    """Stands in for a world in which every id is of something that does not exist."""

    def __missing__(self, name: str) -> str:
        return str(uuid.uuid4())


def route_of(path: str) -> str:
    """The URLconf's own pattern that serves a concrete path."""
    match: ResolverMatch = resolve(path.partition("?")[0])
    return match.route


def url_routes() -> dict[str, set[str]]:
    """Every route of the URLconf with the methods its view takes.

    `design/` is there in DEBUG only and has tests of its own.
    """
    found: dict[str, set[str]] = {}
    for route, pattern in _walk(get_resolver().url_patterns):
        if route != "design/":
            found.setdefault(route, set()).update(_methods(pattern.callback))
    return found


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = str(pattern.pattern)
        route = prefix + (route.removeprefix("^") if prefix else route)  # as Django joins them
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route, pattern


def _methods(view: Any, depth: int = 0) -> set[str]:
    """The methods a view takes, from ninja's operations, a view class or `require_http_methods`.

    A view that says nothing is expected to be a page: GET.
    """
    declared = _declared_methods(view, depth)
    return {each for each in declared or {"GET"} if each in METHODS}


def _declared_methods(view: Any, depth: int) -> set[str]:
    if isinstance(view, PathView):
        return {method for operation in view.operations for method in operation.methods}
    if view_class := getattr(view, "view_class", None):
        # Django's form views take PUT for POST; nobody sends it.
        return {each for each in METHODS if each != "PUT" and hasattr(view_class, each.lower())}
    if depth > 6 or not callable(view):
        return set()
    for cell in getattr(view, "__closure__", None) or ():
        inner = cell.cell_contents
        if isinstance(inner, list) and inner and set(inner) <= {*METHODS, "HEAD", "OPTIONS"}:
            return set(inner)
        if found := _declared_methods(inner, depth + 1):
            return found
    wrapped = getattr(view, "__wrapped__", None)
    return _declared_methods(wrapped, depth + 1) if wrapped else set()


def websocket_routes() -> set[str]:
    """Every websocket route of the ASGI application."""
    from channels.routing import URLRouter

    from realtime.routing import websocket_application

    layer: Any = websocket_application()
    while not isinstance(layer, URLRouter):
        layer = getattr(layer, "application", None) or getattr(layer, "inner", None)
        assert layer is not None, "no URLRouter in the websocket application"
    # An empty pattern is the door for everything else; it refuses.
    return {str(route.pattern) for route in layer.routes if str(route.pattern)}
