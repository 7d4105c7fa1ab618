"""What the pages of every package share: the actor, and services that answer into a form."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.http import HttpRequest

from .actors import Actor
from .problems import NoMembership, Problem, SignedOut


def actor_of(request: HttpRequest) -> Actor:
    """The request's actor.

    Raises `SignedOut` (the reader is sent to the sign-in page), `NoMembership`.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.role is None:
        raise NoMembership if actor.user_id else SignedOut
    return actor


def address_of(request: HttpRequest) -> str:
    """The address a request came from; forwarding headers count only behind trusted proxies."""
    return str(get_adapter().get_client_ip(request) or "")


def tried(form: forms.BaseForm, service: Callable[..., Any], **arguments: Any) -> tuple[bool, Any]:
    """(True, the service's answer), or (False, None) with its problem written into the form.

    Only for problems a reader can mend in the form (400, 409, 429); others go on.
    """
    try:
        return True, service(**arguments)
    except Problem as problem:
        if problem.status not in (400, 409, 429):
            raise
        for name, text in problem.fields.items():
            form.add_error(name if name in form.fields else None, str(text))
        if not problem.fields:
            form.add_error(None, problem.detail)
        return False, None


def done_or_said(request: HttpRequest, service: Callable[..., Any], **arguments: Any) -> Any:
    """The service's answer; a problem with the state or input is shown as a message instead."""
    try:
        return service(**arguments)
    except Problem as problem:
        if problem.status not in (400, 409, 429):
            raise
        messages.error(request, " ".join([*map(str, problem.fields.values())]) or problem.detail)
        return None
