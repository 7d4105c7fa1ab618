"""The forms of calls for materials, chat groups and attendance. They parse; services judge."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .forms import Moment, TimeOfDay
from .models import CallPlan, ReminderChoice
from .services.calls import USUAL, USUAL_QUIET

UNITS = [
    ("1440", pgettext_lazy("before it is due", "days before")),
    ("60", pgettext_lazy("before it is due", "hours before")),
    ("1", pgettext_lazy("before it is due", "minutes before")),
]
ROWS = 4


def as_row(minutes: int) -> tuple[int, str]:
    """Minutes as people say them: a number and its unit."""
    for unit in (1440, 60, 1):
        if minutes % unit == 0:
            return minutes // unit, str(unit)
    raise AssertionError


def as_hours(minutes: int) -> float | int:
    """Minutes as hours, without a fraction where there is none."""
    return minutes // 60 if minutes % 60 == 0 else round(minutes / 60, 2)


class PlanForm(forms.Form):
    """When and by which ways a series calls for its materials."""

    by_mail = forms.BooleanField(label=_("By e-mail to the members"), required=False)
    by_chat = forms.BooleanField(label=_("To the county's chat groups"), required=False)
    quiet_from = TimeOfDay(label=_("Quiet from"), required=False)
    quiet_until = TimeOfDay(label=_("Quiet until"), required=False)
    grace_hours = forms.FloatField(
        label=_("Grace in hours"), min_value=0, max_value=168, required=False
    )
    note = forms.CharField(label=_("A sentence of your own"), max_length=300, required=False)
    active = forms.BooleanField(label=_("Remind by itself"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, ROWS + 1):
            self.fields[f"number_{number}"] = forms.IntegerField(
                label=_("Reminder %(n)d") % {"n": number},
                min_value=1,
                max_value=9999,
                required=False,
            )
            self.fields[f"unit_{number}"] = forms.ChoiceField(
                label=_("Unit"), choices=UNITS, required=False
            )

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """The pairs of number and unit, for the template."""
        return [(self[f"number_{number}"], self[f"unit_{number}"]) for number in range(1, ROWS + 1)]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        moments = [
            data[f"number_{number}"] * int(data[f"unit_{number}"] or 1440)
            for number in range(1, ROWS + 1)
            if data.get(f"number_{number}")
        ]
        names = ("by_mail", "by_chat", "quiet_from", "quiet_until", "note", "active")
        return {name: data[name] for name in names} | {
            "minutes_before": moments,
            "grace_minutes": round((data["grace_hours"] or 0) * 60),
        }

    @classmethod
    def starting(cls, plan: CallPlan | None) -> dict[str, Any]:
        """What the form starts with: the plan, or the usual one."""
        if plan is None:
            minutes = list(USUAL)
            start: dict[str, Any] = {
                "by_mail": True,
                "by_chat": True,
                "quiet_from": USUAL_QUIET[0],
                "quiet_until": USUAL_QUIET[1],
                "grace_hours": 0,
                "active": True,
            }
        else:
            minutes = [rule.minutes_before for rule in plan.rules.all()]
            names = ("by_mail", "by_chat", "quiet_from", "quiet_until", "note", "active")
            start = {name: getattr(plan, name) for name in names}
            start["grace_hours"] = as_hours(plan.grace_minutes)
        for number, each in enumerate(minutes[:ROWS], start=1):
            start[f"number_{number}"], start[f"unit_{number}"] = as_row(each)
        return start


class ChatForm(forms.Form):
    """A chat group; its address is asked for and never shown."""

    name = forms.CharField(label=_("Name of the group"), max_length=100)
    address = forms.CharField(
        label=_("The robot's address"),
        max_length=500,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_(
            "Paste it as the chat program shows it. It is a secret: it is kept, but not shown again."
        ),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class ChatChangeForm(ChatForm):
    """The same for a group that has an address: left empty, it stays."""

    active = forms.BooleanField(label=_("Reminders go to this group"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].required = False
        self.fields["address"].help_text = _("Left empty, the address that is kept stays.")


class ChoiceForm(forms.Form):
    """Which reminders a person wants."""

    mail = forms.ChoiceField(
        label=_("Reminders by e-mail"),
        choices=ReminderChoice.Mail.choices,
        widget=forms.RadioSelect,
    )
    calendar = forms.ChoiceField(
        label=_("Alarms in your calendar"),
        choices=ReminderChoice.Calendar.choices,
        widget=forms.RadioSelect,
        help_text=_("For calendars that have your calendar address, and for invitations by mail."),
    )


class DeadlineForm(forms.Form):
    """When materials are due, and how long after it they are still taken."""

    deadline = Moment(label=_("Materials due"), required=False)
    grace_hours = forms.FloatField(
        label=_("Grace in hours"), min_value=0, max_value=168, required=False
    )

    def values(self) -> dict[str, Any]:
        return {
            "deadline": self.cleaned_data["deadline"],
            "grace_minutes": round((self.cleaned_data["grace_hours"] or 0) * 60),
        }


class RemindForm(forms.Form):
    """Whom to remind now: nobody named means everybody who owes something."""

    click = forms.UUIDField(widget=forms.HiddenInput)
    township = forms.UUIDField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(label=_("A sentence of your own"), max_length=300, required=False)


class LeaveForm(forms.Form):
    """Leave asked in advance."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    substitute = forms.CharField(
        label=_("Who comes instead"),
        max_length=100,
        required=False,
        help_text=_("Name and post. Left empty: nobody."),
    )


class NameForm(forms.Form):
    """Somebody without an account whom the host writes down."""

    name = forms.CharField(label=_("Name"), max_length=100)
    township_id = forms.ChoiceField(label=_("Township"), required=False)
    unit = forms.CharField(label=_("Unit"), max_length=100, required=False)
    for_user = forms.ChoiceField(label=_("Stands in for"), required=False)

    def __init__(self, *args: Any, sheet: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        towns = {str(line.township_id): line.township for line in sheet.lines}
        self.fields["township_id"].choices = [  # type: ignore[attr-defined]
            ("", _("none: a guest, or somebody of the county")),
            *towns.items(),
        ]
        away = [line for line in sheet.lines if not line.is_here and line.user_id]
        self.people = {str(line.user_id): str(line.township_id) for line in away}
        self.fields["for_user"].choices = [  # type: ignore[attr-defined]
            ("", pgettext_lazy("substitute", "nobody")),
            *((str(line.user_id), f"{line.township} · {line.name}") for line in away),
        ]

    def values(self) -> dict[str, Any]:
        """What the service takes; whoever stands in for a person is of that person's township."""
        for_user = self.cleaned_data["for_user"] or None
        township = self.cleaned_data["township_id"] or self.people.get(for_user or "") or None
        return {
            "name": self.cleaned_data["name"],
            "unit": self.cleaned_data["unit"],
            "township_id": township,
            "for_user_id": for_user,
        }


def year_or(text: str, default: int) -> int:
    """The year asked for; anything odd means the default."""
    return int(text) if text.isdigit() and 1971 <= int(text) <= 2299 else default
