"""Querysets whose SQL is made once and run many times.

Building a queryset and its SQL costs Django milliseconds, running it on a county's data tenths of one; a
room that looks objects up for every event cannot pay that each time. A `Prepared` compiles a queryset for
1, 8, 64 or 512 keys and afterwards only puts other keys in. What comes out are the very model instances
the queryset would give, related and prefetched objects included.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection, models
from django.db.models.query import get_related_populators, prefetch_related_objects

SIZES = (1, 8, 64, 512)

Key = tuple[Any, ...]
Make = Callable[[list[Key]], "models.QuerySet[Any]"]


class Prepared:
    """A queryset over a list of keys. `make(keys)` builds it; a key is a tuple of UUIDs, integers and strings.

    `make` is called with stand-ins, so it must use the keys as parameters only, each at least once.
    """

    def __init__(self, make: Make, kinds: Sequence[type]) -> None:
        self._make, self._kinds = make, kinds
        self._compiled: dict[int, _Compiled] = {}

    def fetch(self, keys: Sequence[Key]) -> list[Any]:
        """The instances for these keys (one query and one per prefetch, for up to 512 keys)."""
        found: list[Any] = []
        for start in range(0, len(keys), SIZES[-1]):
            part = list(keys[start : start + SIZES[-1]])
            size = next(size for size in SIZES if size >= len(part))
            compiled = self._compiled.get(size)
            if compiled is None:
                compiled = self._compiled[size] = _Compiled(self._make, self._kinds, size)
            found += compiled.fetch(part + [part[-1]] * (size - len(part)))
        return found


class _Compiled:
    """The SQL for one number of keys, and how to make instances of its rows."""

    def __init__(self, make: Make, kinds: Sequence[type], size: int) -> None:
        stand_ins = [
            tuple(_stand_in(kind, index * len(kinds) + at) for at, kind in enumerate(kinds))
            for index in range(size)
        ]
        queryset = make(stand_ins)
        prefetches = queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        queryset = queryset.prefetch_related(None)
        self._compiler = compiler = queryset.query.get_compiler(connection.alias)
        self._sql, params = compiler.as_sql()
        flat = {_adapted(value): n for n, value in enumerate(sum(stand_ins, ()))}
        self._params = list(params)
        self._places = [(place, flat[value]) for place, value in enumerate(params) if value in flat]
        if {n for _, n in self._places} != set(range(size * len(kinds))):
            raise ValueError("the queryset does not use every key as a parameter")
        self._read_shape(compiler)
        self._prefetches = [_prefetch(queryset.model, each) for each in prefetches]

    def _read_shape(self, compiler: Any) -> None:
        select, info = compiler.select, compiler.klass_info
        fields = info["select_fields"]
        self._model = info["model"]
        self._columns = slice(fields[0], fields[-1] + 1)
        self._names = [each[0].target.attname for each in select[self._columns]]
        self._related = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]
        self._annotations = list((compiler.annotation_col_map or {}).items())
        self._converters = compiler.get_converters([each[0] for each in select])

    def fetch(self, keys: list[Key]) -> list[Any]:
        values = [value for key in keys for value in key]
        params = self._params.copy()
        for place, number in self._places:
            params[place] = _adapted(values[number])
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            rows = cursor.fetchall()
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        found = list(self._instances(rows))
        for prefetch in self._prefetches:
            prefetch(found)
        return found

    def _instances(self, rows: Any) -> Iterator[Any]:
        for row in rows:
            one = self._model.from_db(connection.alias, self._names, row[self._columns])
            for related in self._related:
                related.populate(row, one)
            for name, column in self._annotations:
                setattr(one, name, row[column])
            yield one


def by_ids(queryset: Callable[[list[uuid.UUID]], "models.QuerySet[Any]"]) -> Prepared:
    """A queryset over ids."""
    return Prepared(lambda keys: queryset([key[0] for key in keys]), [uuid.UUID])


def _stand_in(kind: type, number: int) -> Any:
    """A value nobody else uses, to find its place among the parameters."""
    if kind is uuid.UUID:
        return uuid.UUID(int=number + 1)
    return f"a key, number {number}" if kind is str else 4_000_000_000_000_000 + number


def _adapted(value: Any) -> Any:
    """The value as the database's driver gets it."""
    if isinstance(value, uuid.UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


def _prefetch(model: type[models.Model], wanted: Any) -> Callable[[list[Any]], None]:
    """Runs one prefetch: prepared where it is a plain reverse relation, Django's own otherwise."""
    name = wanted if isinstance(wanted, str) else wanted.prefetch_to
    queryset = None if isinstance(wanted, str) else wanted.queryset
    relation = model._meta.get_field(name) if "__" not in name else None
    plain = isinstance(relation, models.ManyToOneRel) and queryset is not None
    if not plain or queryset is None or queryset._prefetch_related_lookups:
        return lambda found: prefetch_related_objects(found, wanted)
    attname = relation.field.attname  # type: ignore[union-attr]
    children: Any = queryset
    prepared = by_ids(lambda ids: children.filter(**{f"{attname}__in": ids}))

    def run(found: list[Any]) -> None:
        groups: dict[Any, list[Any]] = defaultdict(list)
        if found:
            for child in prepared.fetch([(one.pk,) for one in found]):
                groups[getattr(child, attname)].append(child)
        for one in found:
            cache = one.__dict__.setdefault("_prefetched_objects_cache", {})
            cache[name] = groups.get(one.pk, [])

    return run
