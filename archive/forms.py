"""The search form: lenient, because its address is shared, edited and guessed."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _

from meetings.models import Meeting

from .models import Entry
from .search import SORTS, Filters, Results

FACET_ROWS = 20


class SearchForm(forms.Form):
    """What the search page understands. Values that make no sense are taken as not given."""

    q = forms.CharField(required=False, strip=True)
    year = forms.IntegerField(required=False, min_value=1900, max_value=9999)
    month = forms.IntegerField(required=False, min_value=1, max_value=12)
    township = forms.UUIDField(required=False)
    kind = forms.ChoiceField(required=False, choices=Entry.Kind.choices)
    status = forms.ChoiceField(required=False, choices=Meeting.Status.choices)
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in SORTS])
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
        )

    def sort_order(self) -> str:
        return self.value("sort") or SORTS[0]

    def sort_tabs(self) -> list[dict[str, str]]:
        """The orders to choose from, for the design system's `tabs`."""
        words = {
            "relevance": _("Best first"),
            "newest": _("Newest first"),
            "oldest": _("Oldest first"),
        }
        return [
            {
                "key": name,
                "label": words[name],
                "url": self.address(sort="" if name == SORTS[0] else name),
            }
            for name in SORTS
        ]

    def address(self, **changes: Any) -> str:
        """The query string of this search with some values changed; always from the first page."""
        names = ("q", "kind", "year", "month", "township", "status", "sort")
        values = {name: self.value(name) for name in names} | changes
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def facets(self, results: Results, townships: Mapping[uuid.UUID, str]) -> list[dict[str, Any]]:
        """The choices that narrow the results, each with its count and address."""
        labels: dict[str, tuple[str, Mapping[Any, Any]]] = {
            "kind": (_("What"), dict(Entry.Kind.choices)),
            "year": (_("Year"), {}),
            "month": (_("Month"), {n: _("month %(number)s") % {"number": n} for n in range(1, 13)}),
            "township": (_("Township"), townships),
            "status": (_("Meetings"), dict(Meeting.Status.choices)),
        }
        facets = []
        for name, (title, words) in labels.items():
            rows = [
                {
                    "label": words.get(value, value),
                    "count": count,
                    "url": self.address(**{name: value}),
                    "current": str(value) == str(self.value(name)),
                }
                for value, count in results.counts.get(name, [])[:FACET_ROWS]
            ]
            if len(rows) > 1 or self.value(name):
                everything = self.address(**{name: None}) if self.value(name) else ""
                facets.append({"title": title, "rows": rows, "everything": everything})
        return facets
