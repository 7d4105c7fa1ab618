"""The hub's own pages: errors, language, health, metrics."""

import sqlite3
import sys
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language as django_set_language
from django_prometheus import exports

from townships.pages import actor_of
from townships.services import remember_language
from uploads.files import FULL
from uploads.problems import StorageFull

from .problems import API, BY_STATUS, Unavailable, problem_page, problem_response

POSTGRESQL_FULL = "53100"  # disk_full, in PostgreSQL's table of error codes


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language of this browser; a person signed in finds it again in other browsers."""
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and request.user.is_authenticated:
        remember_language(actor=actor_of(request), user=request.user, language=language)
    return django_set_language(request)


@never_cache
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """For load balancers: 200 while the database answers. Says nothing private."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, only for this machine itself (a proxy must not pass it on)."""
    if request.META.get("REMOTE_ADDR") not in ("127.0.0.1", "::1") or (
        "HTTP_X_FORWARDED_FOR" in request.META
    ):
        return not_found(request)
    return exports.ExportToDjangoView(request)


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """What Django itself refuses: a page, and problem+json where the API was asked."""
    if request.path.startswith(API):
        return problem_response(BY_STATUS[status]())
    return render(request, f"{status}.html", status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours: a full disk (507), what will pass by itself (503, for programs), else 500."""
    error = sys.exc_info()[1]
    api = request.path.startswith(API)
    if is_full(error):
        full = StorageFull()
        return problem_response(full) if api else problem_page(request, full)
    if api and isinstance(error, OperationalError | InterfaceError):
        response = problem_response(Unavailable())
        response["Retry-After"] = "2"
        return response
    return error_page(request, 500)


def is_full(error: BaseException | None) -> bool:
    """Whether a database, or a file, had no room: SQLite's and PostgreSQL's own codes, or the system's."""
    if isinstance(error, OSError):
        return error.errno in FULL
    cause = error.__cause__ if isinstance(error, DatabaseError) else None
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(cause, "sqlstate", None) == POSTGRESQL_FULL
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or came from elsewhere; the way back keeps what was typed."""
    return render(request, "403_csrf.html", {"debug": settings.DEBUG}, status=403)
