"""allauth's forms with the words of our pages: a field has one name, in its label and in the list of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as allauth
from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NEW_PASSWORD: dict[str, _StrPromise] = {
    "password1": _("New password"),
    "password2": _("New password again"),
}
RULE = _("At least 10 characters, not only digits, not a well-known password.")


class Named(forms.Form):
    """Names fields by `labels` and explains them by `helps`; drops what allauth would put inside them."""

    labels: ClassVar[dict[str, _StrPromise]] = {}
    helps: ClassVar[dict[str, _StrPromise]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, "")
            field.widget.attrs.pop("placeholder", None)


class LoginForm(Named, allauth.LoginForm):
    labels: ClassVar = {
        "login": _("User name or e-mail"),
        "password": _("Password"),
        "remember": _("Stay signed in on this device"),
    }


class ChangePasswordForm(Named, allauth.ChangePasswordForm):
    labels: ClassVar = {"oldpassword": _("Password now"), **NEW_PASSWORD}
    helps: ClassVar = {"password1": RULE}


class SetPasswordForm(Named, allauth.SetPasswordForm):
    labels: ClassVar = NEW_PASSWORD
    helps: ClassVar = {"password1": RULE}


class ResetPasswordForm(Named, allauth.ResetPasswordForm):
    labels: ClassVar = {"email": _("E-mail")}


class ResetPasswordKeyForm(Named, allauth.ResetPasswordKeyForm):
    labels: ClassVar = NEW_PASSWORD
    helps: ClassVar = {"password1": RULE}


class ReauthenticateForm(Named, allauth.ReauthenticateForm):
    labels: ClassVar = {"password": _("Password")}
