"""The search form: lenient, because its address is shared, edited and guessed."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _

from .models import Entry
from .search import Filters, Results

FACET_ROWS = 20


class SearchForm(forms.Form):
    """What the search page understands. Values that make no sense are taken as not given."""

    q = forms.CharField(required=False, strip=True)
    year = forms.IntegerField(required=False, min_value=1900, max_value=9999)
    month = forms.IntegerField(required=False, min_value=1, max_value=12)
    township = forms.UUIDField(required=False)
    kind = forms.ChoiceField(required=False, choices=Entry.Kind.choices)
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
        )

    def address(self, **changes: Any) -> str:
        """The query string of this search with some values changed; always from the first page."""
        names = ("q", "kind", "year", "month", "township")
        values = {name: self.value(name) for name in names} | changes
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def facets(
        self, results: Results, townships: Mapping[uuid.UUID, str]
    ) -> list[dict[str, Any]]:
        """The choices that narrow the results, each with its count and address."""
        labels = {
            "kind": (_("What"), dict(Entry.Kind.choices)),
            "year": (_("Year"), {}),
            "township": (_("Township"), townships),
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
            if rows:
                everything = self.address(**{name: None}) if self.value(name) else ""
                facets.append({"title": title, "rows": rows, "everything": everything})
        return facets
