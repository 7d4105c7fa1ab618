"""What every template may use."""

from typing import Any

from django.http import HttpRequest

from .actors import NOBODY
from .permissions import Action, can


class Rights:
    """`{{ can.schedule }}`: whether the page's actor may do it at all."""

    def __init__(self, request: HttpRequest) -> None:
        self.actor = getattr(request, "actor", NOBODY)

    def __getitem__(self, name: str) -> bool:
        return can(self.actor, Action(name))


def actor(request: HttpRequest) -> dict[str, Any]:
    """`actor` and `can` for templates; the actor is looked up only when used."""
    return {"actor": getattr(request, "actor", NOBODY), "can": Rights(request)}
