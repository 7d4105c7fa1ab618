"""The language of a person: for pages in the browser's cookie, where Django looks for it; else their own."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponseBase

if TYPE_CHECKING:
    from .models import County, User


def language_for(reader: "User | None", county: "County") -> str:
    """What a reader is written to in where no browser asks: the language they chose, else the county's."""
    return (reader.language if reader else "") or county.language


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
