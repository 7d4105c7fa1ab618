"""The audit: one row for every write, in the same transaction as the change."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from .actors import Actor
from .models import AuditRow


def write(
    *,
    actor: Actor,
    action: str,
    obj: models.Model | None = None,
    county_id: uuid.UUID | None = None,
    **detail: Any,
) -> AuditRow:
    """Add an audit row. Must run inside the transaction of the change it tells about.

    `detail` holds small JSON facts (old and new values); never content of posts or files.
    """
    row = built(actor=actor, action=action, obj=obj, county_id=county_id, **detail)
    row.save(force_insert=True)
    return row


def built(
    *,
    actor: Actor,
    action: str,
    obj: models.Model | None = None,
    county_id: uuid.UUID | None = None,
    **detail: Any,
) -> AuditRow:
    """Like `write`, but not saved yet: for many rows at once."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit row belongs into the transaction of its change")
    return AuditRow(
        county_id=county_id or getattr(obj, "county_id", None) or actor.county_id,
        actor_id=actor.membership_id,
        actor_label=actor.label[:200],
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        detail=detail,
    )


def write_all(rows: Iterable[AuditRow]) -> None:
    """Write rows of `built`."""
    AuditRow.objects.bulk_create(list(rows), batch_size=200)
