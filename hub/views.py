"""The hub's own pages: errors, language, health, metrics."""

import sys
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language as django_set_language
from django_prometheus import exports

from townships.pages import actor_of
from townships.services import remember_language

from .problems import API, BY_STATUS, Unavailable, problem_response


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
    """A fault of ours; programs learn whether it will pass by itself (503) or not (500)."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if away and request.path.startswith(API):
        response = problem_response(Unavailable())
        response["Retry-After"] = "2"
        return response
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or came from elsewhere; the way back keeps what was typed."""
    return render(request, "403_csrf.html", {"debug": settings.DEBUG}, status=403)
