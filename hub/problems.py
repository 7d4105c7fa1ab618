"""How a `Problem` is answered: as problem+json by the API, as a page elsewhere."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _

from townships.problems import Invalid, NotAllowed, NotFound, Problem


class CsrfFailed(NotAllowed):
    """A request with a session but without the token of a page of ours."""

    code = "csrf_failed"
    title = _("This form had been open too long")
    sentence = _(
        "For your safety the form was not accepted. Go back, reload the page and send it again; "
        "what you typed is kept there."
    )


class WrongMethod(Problem):
    """The address is there, but not for this method; the `Allow` header names those it takes."""

    status = 405
    code = "method_not_allowed"
    title = _("Not possible at this address")
    sentence = _("This address does not take such requests. Look at the description of the API.")


class OnlyForForms(WrongMethod):
    """Somebody opened the address of a form, by its reload or from the browser's history."""

    title = _("There is no page at this address")
    sentence = _("Something is only sent here by a form. Go back to that page and use its button.")


class ServerFault(Problem):
    status = 500
    code = "server_error"
    title = _("Something went wrong here")
    sentence = _(
        "It is not your fault. The error has been written down. Please try again in a minute; if it "
        "stays, tell your organiser the time it happened."
    )


class Unavailable(Problem):
    """The database does not answer just now: it is being restarted, or there are too many at once."""

    status = 503
    code = "unavailable"
    title = _("Not to be reached for a moment")
    sentence = _("The hub's database does not answer just now. Please try again in a moment.")


# What Django answers by itself, as problems: bad requests, foreign hosts, unknown addresses, our faults.
BY_STATUS: dict[int, type[Problem]] = {
    400: Invalid,
    403: NotAllowed,
    404: NotFound,
    405: WrongMethod,
    500: ServerFault,
}
API = "/api/"


def problem_response(problem: Problem, *, status: int | None = None) -> HttpResponse:
    """The RFC 9457 answer in the active language; never cached."""
    body = problem.as_dict()
    if status is not None:
        body["status"] = status
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=body["status"],
        content_type="application/problem+json; charset=utf-8",
    )
    patch_cache_control(response, no_store=True)
    return response


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A page that says what happened and what to do next."""
    return render(request, "hub/problem.html", {"problem": problem}, status=problem.status)
