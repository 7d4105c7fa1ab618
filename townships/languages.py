"""The language a person chose, kept where Django looks for it: in the browser's cookie."""

from django.conf import settings
from django.http import HttpResponseBase


def keep_language(response: HttpResponseBase, language: str) -> None:
    """Have this browser show pages in `language`; "" leaves it to the browser's own settings."""
    name, path = settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_COOKIE_PATH
    domain = settings.LANGUAGE_COOKIE_DOMAIN
    if not language:
        response.delete_cookie(name, path=path, domain=domain)
        return
    response.set_cookie(
        name,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=path,
        domain=domain,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,  # type: ignore[arg-type]
    )
