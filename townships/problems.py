"""The one error format: a stable code, a status, a plain sentence in the reader's language.

Services raise a `Problem`; the API answers it as RFC 9457 `application/problem+json`, pages show its
sentence beside what the reader typed. Packages to the right declare their own subclasses in their
`problems.py`. Codes are part of the public contract and never change their meaning.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Problem(Exception):
    """A request that cannot be carried out, said so that the reader knows what to do next.

    `params` fill the named placeholders of `sentence`; `fields` maps the names of input fields to
    sentences about each.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"
    title: ClassVar[str | Promise] = _("The request is not valid")
    sentence: ClassVar[str | Promise] = _("Something in the request is not right. Please check it.")

    def __init__(
        self,
        sentence: str | Promise | None = None,
        *,
        fields: Mapping[str, str | Promise] | None = None,
        **params: Any,
    ) -> None:
        self._sentence = sentence or self.sentence
        self.fields = dict(fields or {})
        self.params = params
        super().__init__(self.code)

    @property
    def detail(self) -> str:
        """The sentence in the active language."""
        text = str(self._sentence)
        return text % self.params if self.params else text

    def as_dict(self) -> dict[str, Any]:
        """The body of a problem+json answer in the active language."""
        body: dict[str, Any] = {
            "type": f"urn:lihui:problem:{self.code}",
            "title": str(self.title),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.fields:
            body["fields"] = {name: str(text) for name, text in self.fields.items()}
        return body


class Invalid(Problem):
    """Input that does not make sense; `fields` says where."""


class SignedOut(Problem):
    status = 401
    code = "signed_out"
    title = _("Not signed in")
    sentence = _("Please sign in first. What you typed has been kept.")


class NotAllowed(Problem):
    status = 403
    code = "not_allowed"
    title = _("Not allowed")
    sentence = _("Your role does not allow this. Ask the organiser of your county if you need it.")


class NoMembership(NotAllowed):
    """Signed in, but without a role in any county (it was ended, or never accepted)."""

    code = "no_membership"
    title = _("No access")
    sentence = _(
        "Your account has no role in a county now. Ask the organiser of your county, "
        "or sign out and use another account."
    )


class NotFound(Problem):
    """Missing, or of another county: the two answer alike."""

    status = 404
    code = "not_found"
    title = _("Not found")
    sentence = _("There is nothing here, or it is not yours to see.")


class Conflict(Problem):
    status = 409
    code = "conflict"
    title = _("It has changed meanwhile")
    sentence = _("Somebody changed this meanwhile. Please look at it again.")


class TooMany(Problem):
    status = 429
    code = "too_many"
    title = _("Too many requests")
    sentence = _("That was a lot in a short time. Please wait a minute and try again.")
