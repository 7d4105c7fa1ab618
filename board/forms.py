"""The forms of cases, the ledger of practices and the categories."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meetings.models import Meeting
from townships.actors import Actor, with_unit
from townships.models import Membership, Township
from uploads.models import Material

from .models import Adoption, Case, Category, Post

OTHER = "other"


class Day(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs
        )


def people_choices(actor: Actor) -> list[tuple[str, str]]:
    """The people of the county as choices, with their township (one query)."""
    found = Membership.objects.filter(
        county_id=actor.county_id, active=True, user__is_active=True
    ).select_related("user", "township")
    return [
        (str(one.user_id), with_unit(one.user, one.township))
        for one in found.order_by("township__position", "user__name")
    ]


def category_choices(actor: Actor, keep: uuid.UUID | None = None) -> list[tuple[str, str]]:
    """Categories and under each its aspects; archived ones only where one is kept (one query)."""
    found = [
        one
        for one in Category.objects.visible_to(actor)
        if one.archived_at is None or one.pk == keep
    ]
    choices: list[tuple[str, str]] = []
    for category in found:
        if category.parent_id is not None:
            continue
        choices.append((str(category.pk), category.name))
        choices += [
            (str(one.pk), f"{category.name} · {one.name}")
            for one in found
            if one.parent_id == category.pk
        ]
    return choices


class CaseForm(forms.Form):
    """What an organiser may change of a case."""

    status = forms.ChoiceField(label=_("Status"), choices=Case.Status.choices)
    responsible = forms.ChoiceField(label=_("Who sees to it"), required=False)
    responsible_name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("Only for somebody who is not in the list."),
    )
    due = Day(label=_("Due"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    outcome = forms.CharField(
        label=_("What came of it"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    solved_by = forms.ChoiceField(
        label=_("The practice that solved it"),
        required=False,
        help_text=_("Practices of the township and of the meetings it was discussed at."),
    )
    note = forms.CharField(
        label=_("Note for the history"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    title = forms.CharField(label=_("Title"), max_length=200)

    def __init__(self, *args: Any, actor: Actor, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nobody = ("", _("nobody yet"))
        people = people_choices(actor)
        self._offer("responsible", [nobody, *people, (OTHER, _("somebody else…"))])
        none = ("", _("none"))
        self._offer("category", [none, *category_choices(actor, case.category_id)])
        self._offer("solved_by", [none, *practice_choices(actor, case)])
        if case.kind == Case.Kind.PRACTICE:
            del self.fields["solved_by"]

    def _offer(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def starting(case: Case) -> dict[str, Any]:
        """What the form starts with."""
        other = OTHER if case.responsible_name else ""
        return {
            "title": case.title,
            "status": case.status,
            "responsible": str(case.responsible_id) if case.responsible_id else other,
            "responsible_name": "" if case.responsible_id else case.responsible_name,
            "due": case.due,
            "category": str(case.category_id or ""),
            "outcome": case.outcome,
            "solved_by": str(case.solved_by_id or ""),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("responsible") == OTHER and not data.get("responsible_name"):
            self.add_error("responsible_name", _("Please fill this in."))
        return data

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        values: dict[str, Any] = {
            name: data[name] for name in ("title", "status", "due", "outcome", "note")
        }
        if data["responsible"] == OTHER:
            values["responsible_name"] = data["responsible_name"]
        else:
            values["responsible_id"] = uuid_of(data["responsible"])
        values["category_id"] = uuid_of(data["category"])
        if "solved_by" in data:
            values["solved_by_id"] = uuid_of(data["solved_by"])
        return values


def uuid_of(text: str) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def practice_choices(actor: Actor, case: Case) -> list[tuple[str, str]]:
    """Practices that may have solved a case: of its meetings, the newest first (one query)."""
    found = Post.objects.visible_to(actor).filter(
        kind=Post.Kind.PRACTICE, merged_into=None, meeting__in=Meeting.objects.visible_to(actor)
    )
    near = (
        found.filter(meeting__discussions__case=case).distinct()
        | found.filter(pk=case.solved_by_id).distinct()
    )
    return [
        (str(one.pk), f"{one.township or one.author_unit}: {one.body[:50]}")
        for one in near.select_related("township").order_by("-created_at")[:100]
    ]


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("How is it going?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class LedgerForm(forms.Form):
    """What a township reports about a practice."""

    township = forms.ChoiceField(label=_("Township"))
    status = forms.ChoiceField(label=_("How far it is"), choices=Adoption.Status.choices)
    result = forms.CharField(
        label=_("Result"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What worked, what did not, in figures where there are some."),
    )
    evidence = forms.ChoiceField(
        label=_("Evidence"),
        required=False,
        help_text=_("A deck or manuscript of the township that shows it."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        if actor.township_id is not None:
            del self.fields["township"]
        else:
            towns = Township.objects.visible_to(actor).filter(active=True)
            self.fields["township"].choices = [(str(one.pk), one.name) for one in towns]  # type: ignore[attr-defined]
        self.fields["evidence"].choices = [("", _("none")), *evidence_choices(actor)]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "status": data["status"],
            "result": data["result"],
            "evidence_id": uuid_of(data["evidence"]),
            "township_id": uuid_of(data.get("township", "")),
        }


def evidence_choices(actor: Actor) -> list[tuple[str, str]]:
    """Materials that may be evidence: the own township's, or for organisers all; the newest 100."""
    found = Material.objects.visible_to(actor).filter(withdrawn_at=None, current__isnull=False)
    if actor.township_id is not None:
        found = found.filter(township_id=actor.township_id)
    rows = found.select_related("township", "meeting").order_by("-meeting__starts_at", "kind")
    return [
        (str(one.pk), f"{one.meeting.starts_at:%Y-%m} {one.township}: {one}") for one in rows[:100]
    ]


class CategoryForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("category", "Name"), max_length=40)


class CaseFilter(forms.Form):
    """What narrows the list of cases."""

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("all")), *Case.Kind.choices]
    )
    township = forms.ChoiceField(label=_("Township"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        towns = [(str(one.pk), one.name) for one in Township.objects.visible_to(actor)]
        every = ("", _("all"))
        self.fields["township"].choices = [every, *towns]  # type: ignore[attr-defined]
        self.fields["category"].choices = [every, *category_choices(actor)]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """The filters as the query takes them; anything odd means all."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "kind": data.get("kind", ""),
            "township": uuid_of(data.get("township", "")),
            "category": uuid_of(data.get("category", "")),
        }


def today(actor: Actor) -> dt.date:
    """Today in the county."""
    return timezone.localdate(timezone=ZoneInfo(actor.time_zone or "Asia/Shanghai"))
