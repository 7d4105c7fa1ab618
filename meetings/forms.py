"""The forms of meetings, agendas and series. They parse; services judge."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from townships.actors import Actor
from townships.models import Township

from .models import AgendaItem, Meeting, Series
from .problems import EndlessRule
from .rules import Pattern, pattern_of

LOCAL = "%Y-%m-%dT%H:%M"


class Moment(forms.DateTimeField):
    """A date and time in the county's time zone, by the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)
        super().__init__(widget=widget, **kwargs)


class Day(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs
        )


class TimeOfDay(forms.TimeField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **kwargs)


class MeetingForm(forms.Form):
    """A meeting's own fields."""

    title = forms.CharField(label=_("Title"), max_length=200)
    starts_at = Moment(label=_("Starts"))
    ends_at = Moment(label=_("Ends"))
    venue = forms.CharField(label=_("Venue"), max_length=200, required=False)
    deadline = Moment(
        label=_("Materials due"),
        required=False,
        help_text=_("Townships can upload until then. Left empty: until the meeting starts."),
    )
    note = forms.CharField(
        label=_("Note for the participants"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    allows_guests = forms.BooleanField(
        label=_("Guests without an account may join with the code shown in the hall"),
        required=False,
    )
    approve_first = forms.BooleanField(
        label=_("Entries on the board wait for the organiser's approval"), required=False
    )

    @classmethod
    def starting(cls, meeting: Meeting) -> dict[str, Any]:
        """What the form starts with for an existing meeting."""
        return {name: getattr(meeting, name) for name in cls.base_fields}


class ItemForm(forms.Form):
    """One step of the agenda."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=AgendaItem.Kind.choices, initial=AgendaItem.Kind.PRESENTATION
    )
    township_id = forms.ChoiceField(label=_("Township"), required=False)
    title = forms.CharField(
        label=_("Topic"),
        max_length=200,
        required=False,
        help_text=_("Left empty, the kind of the item is shown."),
    )
    presenter = forms.CharField(label=_("Presenter"), max_length=100, required=False)
    minutes = forms.IntegerField(
        label=pgettext_lazy("length", "Minutes"), min_value=1, max_value=600, initial=15
    )
    expects_deck = forms.BooleanField(label=_("A deck is expected"), required=False)
    expects_manuscript = forms.BooleanField(label=_("A manuscript is expected"), required=False)
    due_at = Moment(
        label=_("Materials due"),
        required=False,
        help_text=_("Left empty: when the materials of the meeting are due."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep = self.initial.get("township_id")
        self.fields["township_id"].choices = [  # type: ignore[attr-defined]
            ("", _("the whole county")),
            *(
                (str(town.pk), town.name)
                for town in Township.objects.visible_to(actor)
                if town.active or town.pk == keep
            ),
        ]

    def values(self) -> dict[str, Any]:
        """What the services take; without a township no materials are expected."""
        values = dict(self.cleaned_data)
        values["township_id"] = values["township_id"] or None
        if values["township_id"] is None:
            values["expects_deck"] = values["expects_manuscript"] = False
        return values

    @classmethod
    def starting(cls, item: AgendaItem) -> dict[str, Any]:
        return {name: getattr(item, name) for name in cls.base_fields}


class SeveralForm(forms.Form):
    """The same step for several townships at once."""

    towns = forms.MultipleChoiceField(
        label=_("Townships"), widget=forms.CheckboxSelectMultiple, choices=[]
    )
    several_kind = forms.ChoiceField(
        label=_("Kind"), choices=AgendaItem.Kind.choices, initial=AgendaItem.Kind.PRESENTATION
    )
    several_minutes = forms.IntegerField(
        label=_("Minutes each"), min_value=1, max_value=600, initial=10
    )
    several_deck = forms.BooleanField(label=_("A deck is expected"), required=False, initial=True)
    several_manuscript = forms.BooleanField(
        label=_("A manuscript is expected"), required=False, initial=True
    )
    several_due = Moment(
        label=_("Materials due"),
        required=False,
        help_text=_("Left empty: when the materials of the meeting are due."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        towns = Township.objects.visible_to(actor).filter(active=True)
        self.fields["towns"].choices = [(str(town.pk), town.name) for town in towns]  # type: ignore[attr-defined]

    def items(self) -> list[dict[str, Any]]:
        """What `add_item` takes, once for each township chosen."""
        data = self.cleaned_data
        return [
            {
                "kind": data["several_kind"],
                "township_id": township_id,
                "minutes": data["several_minutes"],
                "expects_deck": data["several_deck"],
                "expects_manuscript": data["several_manuscript"],
                "due_at": data["several_due"],
            }
            for township_id in data["towns"]
        ]


class SeriesForm(forms.Form):
    """A series: its rule in words, and what its meetings have in common."""

    name = forms.CharField(label=pgettext_lazy("series", "Name"), max_length=100)
    kind = forms.ChoiceField(
        label=_("When"),
        choices=[
            ("day", _("every month on a day")),
            ("weekday", _("every month on a weekday")),
            ("weekly", _("every week")),
        ],
        widget=forms.RadioSelect,
        initial="day",
    )
    day = forms.IntegerField(
        label=_("Day of the month"),
        min_value=1,
        max_value=31,
        initial=25,
        required=False,
        help_text=_("29 to 31: in a shorter month its last day."),
    )
    nth = forms.TypedChoiceField(
        label=_("Which one"),
        coerce=int,
        empty_value="",
        required=False,
        initial=-1,
        choices=[
            (1, _("the first")),
            (2, _("the second")),
            (3, _("the third")),
            (4, _("the fourth")),
            (-1, _("the last")),
        ],
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"),
        coerce=int,
        empty_value="",
        required=False,
        initial=4,
        choices=list(WEEKDAYS.items()),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(WEEKDAYS.items()),
    )
    weekend = forms.ChoiceField(
        label=_("If it falls on a weekend or public holiday"),
        choices=Series.Weekend.choices,
        initial="before",
    )
    starts_on = Day(label=_("From"))
    time = TimeOfDay(label=_("Time"), initial=dt.time(9, 0))
    minutes = forms.IntegerField(
        label=_("Length in minutes"), min_value=5, max_value=1440, initial=180
    )
    venue = forms.CharField(label=_("Venue"), max_length=200, required=False)
    language = forms.ChoiceField(
        label=_("Language of its papers"),
        required=False,
        choices=[("", _("the county's")), *settings.LANGUAGES],
    )
    deadline_days = forms.IntegerField(
        label=_("Materials due, days before"), min_value=0, max_value=60, initial=2
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind = data.get("kind")
        if kind == "weekly" and not data.get("weekdays"):
            self.add_error("weekdays", _("Choose at least one weekday."))
        elif kind:
            pattern = {
                "day": Pattern("day", day=data.get("day") or 0),
                "weekday": Pattern(
                    "weekday", nth=data.get("nth") or 1, weekdays=(data.get("weekday") or 0,)
                ),
                "weekly": Pattern("weekly", weekdays=tuple(sorted(data.get("weekdays") or ()))),
            }[kind]
            try:
                data["rule"] = pattern.rule()
            except EndlessRule as problem:
                self.add_error("day", problem.detail)
        return data

    def values(self) -> dict[str, Any]:
        """What the services take."""
        names = ("name", "rule", "starts_on", "time", "minutes", "venue", "weekend")
        return {name: self.cleaned_data[name] for name in (*names, "language", "deadline_days")}

    @classmethod
    def starting(cls, series: Series) -> dict[str, Any]:
        """What the form starts with for an existing series (an imported rule starts afresh)."""
        own = {name: getattr(series, name) for name in cls.base_fields if hasattr(series, name)}
        pattern = pattern_of(series.rule)
        if pattern is None:
            return own
        weekday = pattern.weekdays[0] if pattern.weekdays else 4
        return own | {
            "kind": pattern.kind,
            "day": pattern.day if pattern.kind == "day" else 25,
            "nth": pattern.nth,
            "weekday": weekday,
            "weekdays": pattern.weekdays if pattern.kind == "weekly" else (),
        }
