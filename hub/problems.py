"""How a `Problem` is answered: as problem+json by the API, as a page elsewhere."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _

from townships.problems import NotAllowed, Problem


class CsrfFailed(NotAllowed):
    """A request with a session but without the token of a page of ours."""

    code = "csrf_failed"
    title = _("This form had been open too long")
    sentence = _(
        "For your safety the form was not accepted. Go back, reload the page and send it again; "
        "what you typed is kept there."
    )


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
