"""Puts the actor on the request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from .actors import NOBODY, Actor, actor_of_user
from .guests import guest_of_session


def find_actor(request: HttpRequest) -> Actor:
    """The actor of a request by session: a signed-in person, or a guest let in by a join code."""
    if request.user.is_authenticated:
        return actor_of_user(request.user)
    return guest_of_session(request.session) or NOBODY


class ActorMiddleware:
    """Sets `request.actor`, looked up on first use (one query for a signed-in person)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: find_actor(request))  # type: ignore[attr-defined]
        return self.get_response(request)
