"""The slot page and the viewer ask the database as often for thirty rows as for one."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import client_of
from tests.uploads.ready import make_ready
from uploads import services
from uploads.models import Approval, Page, Upload, Version


def count(actor, address):
    """How many queries a page takes, and what it says."""
    client = client_of(actor)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(captured), answer.content.decode()


def fill(actor, meeting, township, version, times):
    """`times` older versions with approvals and names, pages with findings and media, colleagues' uploads."""
    material = version.material
    old = [
        Version(
            material=material, number=number, filename=f"{number}.pptx", label=f"第{number}稿", size=1,
            sha256="0" * 64, original=f"x{number}", state="ready", uploaded_by_id=actor.membership_id,
        )
        for number in range(100, 100 + times)
    ]  # fmt: skip
    Version.objects.bulk_create(old)
    for each in old:
        Approval.objects.create(version=each, by="owner", user_id=actor.user_id, at=timezone.now())
    media = [{"key": "pages/v/a1b2c3d4/media-1", "type": "audio/mpeg", "size": 3, "name": "a.mp3"}]
    Page.objects.bulk_create(
        Page(version=version, number=number, title="发现的问题", text=f"问题{number}", media=media)
        for number in range(100, 100 + times)
    )
    Upload.objects.bulk_create(
        Upload(
            county_id=meeting.county_id, meeting=meeting, township=township, kind="deck", length=9, offset=3,
            filename=f"{number}.pptx", uploaded_by_id=actor.membership_id,
            expires_at=timezone.now() + timezone.timedelta(hours=1),
        )
        for number in range(times)
    )  # fmt: skip
    findings = [{"code": "small_text", "slide": number, "params": {}} for number in range(times)]
    Version.objects.filter(pk=version.pk).update(findings=findings, number=1000 + times)


@pytest.mark.parametrize("where", ["slot", "viewer"])
@pytest.mark.parametrize("who", ["member", "organiser"])
def test_thirty_rows_take_no_more_queries_than_one(request, who, where, meeting, township):
    actor = request.getfixturevalue(who)
    member = request.getfixturevalue("member")
    version = make_ready(member, meeting, township, pages=1)
    address = f"/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    if where == "viewer":
        address = f"/materials/{version.material_id}/"
    fill(member, meeting, township, version, 1)
    one, _page = count(actor, address)
    for rows in (Page.objects.filter(number__gte=100), Upload.objects.all()):
        rows.delete()
    Version.objects.filter(material=version.material).exclude(pk=version.pk).delete()
    fill(member, meeting, township, version, 30)
    thirty, page = count(actor, address)
    assert thirty == one
    assert one <= 22
    assert "129" in page
    if where == "slot":
        assert "第129稿" in page
        assert "29.pptx" in page


def test_a_version_on_its_way_takes_the_same_queries_at_any_length(member, meeting, township):
    address = f"/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    version = services.receive(
        actor=member, meeting_id=meeting.pk, township_id=township.pk, kind="deck", filename="a.pptx",
        source=io.BytesIO(b"PK\x03\x04deck"),
    )  # fmt: skip
    Version.objects.filter(pk=version.pk).update(state="converting", progress_total=31)
    Page.objects.create(version=version, number=1)
    one, _page = count(member, address)
    Page.objects.bulk_create(Page(version=version, number=number) for number in range(2, 32))
    thirty, _page = count(member, address)
    assert thirty == one
