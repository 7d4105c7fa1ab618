"""The forms of people and townships. They parse; services judge."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .actors import Actor
from .models import Membership, Role, Township

ROLES = [
    (Role.MEMBER, _("Member: presents and speaks for a township")),
    (Role.ORGANISER, _("Organiser: runs the meetings and the county's people")),
    (Role.OBSERVER, _("Observer: listens and replies")),
    (Role.ARCHIVIST, _("Archivist: keeps the archive")),
]
NO_TOWNSHIP = _("none (not a member)")


ZONES = [
    ("Asia/Shanghai", _("Beijing time (UTC+8)")),
    ("Asia/Urumqi", _("Xinjiang time (UTC+6)")),
    ("Asia/Hong_Kong", _("Hong Kong time (UTC+8)")),
    ("Asia/Taipei", _("Taipei time (UTC+8)")),
    ("UTC", _("Universal time (UTC)")),
]


def township_choices(actor: Actor, *, keep: Any = None) -> list[tuple[str, Any]]:
    """The county's active townships (and the one kept, even when it is not)."""
    found = Township.objects.visible_to(actor)
    return [
        ("", NO_TOWNSHIP),
        *((str(town.pk), town.name) for town in found if town.active or town.pk == keep),
    ]


class RoleForm(forms.Form):
    """A role, and for members a township."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.MEMBER)
    township_id = forms.ChoiceField(
        label=_("Township"), required=False, help_text=_("For members only.")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep = self.initial.get("township_id")
        self.fields["township_id"].choices = township_choices(actor, keep=keep)  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the services take; a role other than member has no township."""
        values = dict(self.cleaned_data)
        is_member = values["role"] == Role.MEMBER
        values["township_id"] = (values["township_id"] or None) if is_member else None
        return values


class InviteForm(RoleForm):
    """A new person."""

    name = forms.CharField(label=_("Name"), max_length=100)
    username = forms.CharField(
        label=_("User name"),
        max_length=50,
        required=False,
        help_text=_("Left empty it is made from the name. The person can change it."),
    )
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=200)
    field_order = ["name", "role", "township_id", "username", "email"]


class TownshipForm(forms.Form):
    """A township's name."""

    name = forms.CharField(label=_("Name of the township"), max_length=100)


class CountyForm(forms.Form):
    """The county's own settings."""

    name = forms.CharField(label=_("Name of the county"), max_length=100)
    time_zone = forms.ChoiceField(label=_("Time zone"))
    language = forms.ChoiceField(label=_("Language of titles"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = dict(ZONES)
        current = self.initial.get("time_zone")
        if current and current not in zones:
            zones[current] = current
        self.fields["time_zone"].choices = list(zones.items())  # type: ignore[attr-defined]


class AccountForm(forms.Form):
    """What people change about themselves."""

    name = forms.CharField(label=_("Name"), max_length=100)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=200)
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("as the browser says")), *settings.LANGUAGES],
    )


class AcceptForm(forms.Form):
    """The first sign-in: a user name and a password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        help_text=_("You sign in with it. Chinese characters are fine."),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(
            render_value=True, attrs={"autocomplete": "new-password", "minlength": 10}
        ),
        help_text=_("At least 10 characters, not only digits. A sentence is easy to keep in mind."),
    )


def role_initial(membership: Membership) -> dict[str, Any]:
    """What the role form starts with."""
    return {"role": membership.role, "township_id": membership.township_id}
