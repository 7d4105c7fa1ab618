"""The JSON API under /api/v1/: one router per package, one error format for all."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from archive.api import router as archive_router
from archive.similar_api import router as similar_router
from board.api_follow import router as board_router
from board.api_live import router as live_router
from meetings.api import router as meetings_router
from realtime.api import router as realtime_router
from realtime.attendance_api import router as attendance_router
from realtime.screen_api import router as screen_router
from townships.api_auth import AUTH
from townships.problems import Invalid, NotFound, Problem, SignedOut
from uploads.api import router as uploads_router

from .problems import CsrfFailed, problem_response

api = NinjaAPI(
    title="Lihui 例会",
    version="1",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,
    auth=AUTH,
)
for router in (
    meetings_router,
    uploads_router,
    board_router,
    live_router,
    realtime_router,
    screen_router,
    attendance_router,
    archive_router,
    similar_router,
):
    api.add_router("", router)


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem)


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(NotFound())


@api.exception_handler(AuthenticationError)
def on_signed_out(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem_response(SignedOut())


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields: dict[str, Any] = {}
    for item in error.errors:
        place = [str(part) for part in item["loc"] if part not in ("body", "query", "path")]
        fields[".".join(place[-1:]) or "body"] = item["msg"]
    return problem_response(Invalid(fields=fields))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own errors: a missing CSRF token (403), an unreadable body (400) and the like."""
    if error.status_code == 403:
        return problem_response(CsrfFailed())
    return problem_response(Invalid(), status=error.status_code)
