"""Takes the demo counties away again, with their files. Only ever the demo's own."""

from __future__ import annotations

from django.db import transaction

from board.models import Case, Category
from hub.demo.places import LANDS, Land
from meetings.models import Meeting, Series
from townships.models import AuditRow, County, Membership, Township, User
from uploads import files
from uploads.models import BaseDeck, Page, Version


def forget() -> int:
    """Delete every demo county that is there; returns how many. Files go after the rows are gone.

    A county counts as the demo's only if its organiser is the demo's.
    """
    gone = 0
    for land in LANDS:
        membership = Membership.objects.filter(
            county__name=land.name, user__username=land.organiser.user_name
        ).first()
        if membership is not None:
            _forget(land, membership.county_id)
            gone += 1
    return gone


def _forget(land: Land, county_id: object) -> None:
    versions = Version.objects.filter(material__meeting__county_id=county_id)
    pages = Page.objects.filter(version__in=versions)
    keys = [key for row in versions.values_list("original", "pdf") for key in row]
    keys += [key for row in pages.values_list("thumb", "image") for key in row]
    keys += [item["key"] for media in pages.values_list("media", flat=True) for item in media]
    bases = BaseDeck.objects.filter(county_id=county_id)
    keys += [key for row in bases.values_list("original", "inspected") for key in row]
    with transaction.atomic():
        Meeting.objects.filter(county_id=county_id).update(current_item=None)
        AuditRow.objects.filter(county_id=county_id).delete()
        Meeting.objects.filter(county_id=county_id).delete()
        Case.objects.filter(county_id=county_id).delete()
        Category.objects.filter(county_id=county_id, parent__isnull=False).delete()
        Category.objects.filter(county_id=county_id).delete()
        Series.objects.filter(county_id=county_id).delete()
        people = list(
            Membership.objects.filter(county_id=county_id).values_list("user_id", flat=True)
        )
        bases.delete()
        Membership.objects.filter(county_id=county_id).delete()
        User.objects.filter(pk__in=people).delete()
        Township.objects.filter(county_id=county_id).delete()
        County.objects.filter(pk=county_id).delete()
        transaction.on_commit(lambda: files.delete(keys))
