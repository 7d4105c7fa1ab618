"""The search form: lenient, because its address is shared, edited and guessed."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from meetings.models import Meeting

from .models import Entry
from .search import SORTS, Filters, Results

FACET_ROWS = 20
GROUPS = "kinds"  # the best of each kind, as long as none was chosen
Names = Mapping[str, Mapping[uuid.UUID, str]]
CHOICES = {
    "kind": Entry.Kind.choices,
    "status": Meeting.Status.choices,
    "state": Entry.State.choices,
}
FACETS = ("kind", "state", "category", "year", "month", "township", "series", "status")


class SearchForm(forms.Form):
    """What the search page understands. Values that make no sense are taken as not given."""

    q = forms.CharField(required=False, strip=True)
    year = forms.IntegerField(required=False, min_value=1900, max_value=9999)
    month = forms.IntegerField(required=False, min_value=1, max_value=12)
    township = forms.UUIDField(required=False)
    kind = forms.ChoiceField(required=False, choices=Entry.Kind.choices)
    status = forms.ChoiceField(required=False, choices=Meeting.Status.choices)
    category = forms.UUIDField(required=False)
    series = forms.UUIDField(required=False)
    state = forms.ChoiceField(required=False, choices=Entry.State.choices)
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in (GROUPS, *SORTS)])
    page = forms.IntegerField(required=False, min_value=1)

    def value(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name)

    def text(self) -> str:
        return self.value("q") or ""

    def page_number(self) -> int:
        return self.value("page") or 1

    def filters(self) -> Filters:
        return Filters(
            year=self.value("year"),
            month=self.value("month"),
            township=self.value("township"),
            kind=self.value("kind") or None,
            status=self.value("status") or None,
            category=self.value("category"),
            series=self.value("series"),
            state=self.value("state") or None,
        )

    def sorts(self) -> tuple[str, ...]:
        """The orders to choose from; the first is the usual one."""
        return SORTS if self.value("kind") else (GROUPS, *SORTS)

    def sort_order(self) -> str:
        wanted = self.value("sort")
        return wanted if wanted in self.sorts() else self.sorts()[0]

    def sort_tabs(self) -> list[dict[str, str]]:
        """The orders to choose from, for the design system's `tabs`."""
        words = {
            GROUPS: _("By kind"),
            "relevance": _("Best first"),
            "newest": _("Newest first"),
            "oldest": _("Oldest first"),
        }
        usual = self.sorts()[0]
        return [
            {
                "key": name,
                "label": words[name],
                "url": self.address(sort="" if name == usual else name),
            }
            for name in self.sorts()
        ]

    def address(self, **changes: Any) -> str:
        """The query string of this search with some values changed; always from the first page."""
        self.is_valid()
        given = self.cleaned_data
        values = {name: given.get(name) for name in ("q", *FACETS, "sort")} | changes
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def facets(self, results: Results, names: Names) -> list[dict[str, Any]]:
        """The choices that narrow the results, each with its count and address. `names`: of the
        county's townships, categories and series, by facet."""
        return [
            facet
            for name, title in facet_titles().items()
            if (facet := self.facet(name, title, results, names.get(name, {})))
        ]

    def chosen(self, names: Names) -> list[dict[str, Any]]:
        """The filters that are set, each with the address of the search without it."""
        found = []
        for name, title in facet_titles().items():
            value = self.value(name)
            if value:
                label = words_of(name, names).get(value, value)
                found.append({"title": title, "label": label, "url": self.address(**{name: None})})
        return found

    def facet(
        self, name: str, title: str, results: Results, names: Mapping[Any, Any]
    ) -> dict[str, Any] | None:
        """One filter's choices; None where there is nothing to choose."""
        chosen = self.value(name)
        words = words_of(name, {name: names})
        rows = [
            {
                "label": words.get(value, value),
                "count": count,
                "url": self.address(**{name: value}),
                "current": str(value) == str(chosen),
            }
            for value, count in results.counts.get(name, [])[:FACET_ROWS]
        ]
        if len(rows) < 2 and not chosen:
            return None
        everything = self.address(**{name: None}) if chosen else ""
        return {"name": name, "title": title, "rows": rows, "everything": everything}


def words_of(name: str, names: Names) -> Mapping[Any, Any]:
    """What the values of a filter are called."""
    if name == "month":
        return MONTHS
    choices = CHOICES.get(name)
    return dict(choices) if choices is not None else names.get(name, {})


def facet_titles() -> dict[str, str]:
    return {
        "kind": _("What"),
        "state": _("State"),
        "category": _("Category"),
        "year": _("Year"),
        "month": _("Month"),
        "township": _("Township"),
        "series": _("Series"),
        "status": _("Meetings"),
    }
