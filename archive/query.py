"""What people type into the search field, understood.

Words separated by spaces must all occur; "quotes" keep words together; a minus excludes;
OR (或) between two words accepts either. Everything else is taken as words: nothing that is typed
can be a syntax error.
"""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from townships.problems import Invalid

from .folding import query_tokens, typed_word

LONGEST = 200
PART = re.compile(r'(-?)(?:["“”„«»「」『』＂]([^"“”„«»「」『』＂]*)["“”„«»「」『』＂]?|(\S+))')
EITHER = {"OR", "或", "|"}


class QueryTooLong(Invalid):
    code = "query_too_long"
    title = _("The search is too long")
    sentence = _("Please search for %(longest)s characters at most.")


@dataclass(frozen=True, slots=True)
class Term:
    """One phrase: `tokens` in a row; `prefix` if the last token is only a beginning."""

    text: str
    tokens: tuple[str, ...]
    prefix: bool


@dataclass(slots=True)
class Query:
    """`groups` must all match, each by any of its terms; `excluded` terms must not occur."""

    text: str
    groups: list[list[Term]] = field(default_factory=list)
    excluded: list[Term] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.groups

    @property
    def words(self) -> list[str]:
        """The words to be marked in hits."""
        return list({term.text: None for group in self.groups for term in group})


def parse(text: str) -> Query:
    """Understand a search. Raises `QueryTooLong`; never fails otherwise."""
    text = text.encode("utf-8", "ignore").decode("utf-8").replace("\x00", " ").strip()
    if len(text) > LONGEST:
        raise QueryTooLong(longest=LONGEST)
    query = Query(text)
    join = False
    for minus, quoted, word in PART.findall(text):
        if word in EITHER and not minus:
            join = bool(query.groups)
            continue
        tokens, prefix = query_tokens(quoted or word)
        if not tokens:
            continue
        term = Term(quoted or word, tuple(tokens), prefix and not quoted)
        terms = [term]
        if term.prefix and (whole := typed_word(term.text)):
            terms.append(Term(term.text, (whole,), True))
        if minus:
            query.excluded.append(term)
        elif join:
            query.groups[-1].extend(terms)
        else:
            query.groups.append(terms)
        join = False
    return query
