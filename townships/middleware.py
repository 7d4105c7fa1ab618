"""Puts the actor on the request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from .actors import NOBODY, Actor, actor_of_user
from .guests import guest_of_session


def find_actor(request: HttpRequest) -> Actor:
    """The actor of a request by session: a signed-in person, or a guest let in by a join code.

    From here on the request's times are shown in the actor's county's time zone.
    """
    if request.user.is_authenticated:
        actor = actor_of_user(request.user)
    else:
        actor = guest_of_session(request.session) or NOBODY
    if actor.time_zone:
        timezone.activate(actor.time_zone)
    return actor


class ActorMiddleware:
    """Sets `request.actor`, looked up on first use (one query for a signed-in person)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: find_actor(request))  # type: ignore[attr-defined]
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()
