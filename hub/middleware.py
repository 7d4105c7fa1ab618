"""What every page shares: problems become pages, private pages are not stored."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode

from townships.problems import Problem, SignedOut
from uploads.tus import protocol as tus

from .problems import API, OnlyForForms, WrongMethod, problem_page, problem_response

UPLOADS = f"{API}v1/uploads"


class PagesMiddleware:
    """Turns a `Problem` raised by a page into an answer, and marks private answers `no-store`.

    Whatever is answered about uploads names the version of tus, wrong methods and unknown addresses too.

    A reader who is not signed in is sent to the sign-in page and comes back afterwards; a script
    (`X-Requested-With` or `Accept: application/json`) gets problem+json.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405:
            response = self._wrong_method(request, response)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True, private=True)
        if request.path.startswith(UPLOADS):
            response["Tus-Resumable"] = tus.VERSION
        return response

    def _wrong_method(self, request: HttpRequest, bare: HttpResponse) -> HttpResponse:
        """Django's and ninja's own answers are bare: an empty page, or text where JSON is expected."""
        if request.path.startswith(API) or "application/json" in request.headers.get("Accept", ""):
            response = problem_response(WrongMethod())
        else:
            response = problem_page(request, OnlyForForms())
        if "Allow" in bare:
            response["Allow"] = bare["Allow"]
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Problem):
            return None
        if "application/json" in request.headers.get("Accept", ""):
            return problem_response(error)
        if isinstance(error, SignedOut) and request.method in ("GET", "HEAD"):
            query = urlencode({"next": request.get_full_path()})
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
        return problem_page(request, error)
