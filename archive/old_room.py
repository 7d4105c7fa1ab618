"""Room for old meetings: what comes in counts for the county's quota like everything else it keeps."""

import uuid

from django.conf import settings
from django.db.models import Sum

from townships.models import County
from uploads.problems import QuotaExceeded
from uploads.tus.incoming import used_bytes

from .models import OldImport

State = OldImport.State


def pieces_bytes(county_id: uuid.UUID) -> int:
    """What the ZIPs take that are on their way or being brought in (their whole size, as announced)."""
    held = OldImport.objects.filter(county=county_id, source__startswith="imports/")
    held = held.exclude(state__in=[State.DONE, State.REFUSED])
    return held.aggregate(n=Sum("size"))["n"] or 0


def require_room(county_id: uuid.UUID, more: int, found: OldImport | None = None) -> None:
    """Raises `QuotaExceeded` where so many bytes more are too much. The pieces of the import they come
    from do not count, they go when it is done. The caller holds a transaction."""
    County.objects.select_for_update().get(pk=county_id)
    own = found.size if found is not None and found.source.startswith("imports/") else 0
    if used_bytes(county_id) - own + more > settings.COUNTY_QUOTA_BYTES:
        raise QuotaExceeded(limit_gb=settings.COUNTY_QUOTA_BYTES // 1024**3)
