"""What a meeting is, in the words of archives: its data, Dublin Core, DA/T 22-2015."""

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from board.models import Post
from board.representations import post_dict
from meetings.attendance_sheet import sheet_of
from meetings.models import Meeting
from meetings.representations import item_dict, meeting_dict
from townships.texts import UNPRINTABLE
from uploads.models import Material

from .minutes.queries import frozen_minutes
from .retention import periods_of, tombstones

DC = "http://purl.org/dc/elements/1.1/"
PERIODS = {"permanent": "永久", "y30": "30年", "y10": "10年"}
SECURITY = "内部"


def archival_number(meeting: Meeting) -> str:
    """档号: the year, the kind of record, and the meeting's day; e.g. 2024-LH-0525-3f9a."""
    local = meeting.starts_at.astimezone(meeting.zone)
    return f"{local:%Y}-LH-{local:%m%d}-{meeting.pk.hex[:4]}"


def data_of(
    meeting: Meeting, materials: Iterable[Material], posts: Iterable[Post]
) -> dict[str, Any]:
    """The meeting with everything in it as JSON-ready values, in the words of the API."""
    manifest = meeting.manifests.last()
    return {
        "format": "lihui-meeting/1",
        "archival_number": archival_number(meeting),
        "county": {"id": str(meeting.county_id), "name": meeting.county.name},
        "meeting": meeting_dict(meeting),
        "agenda": [item_dict(item) for item in meeting.agenda.select_related("township")],
        "materials": [material_data(material) for material in materials],
        "posts": [post_dict(post) for post in posts],
        "corrections": [
            {"text": c.text, "reason": c.reason, "author": c.author_name, "at": c.at.isoformat()}
            for c in meeting.corrections.all()
        ],
        "minutes": minutes_data(meeting),
        "attendance": [
            {"name": line.name, "township": line.township, "state": line.state}
            for sheet in [sheet_of(meeting)]
            for line in [*sheet.lines, *sheet.others]
        ],
        "removed": [
            {
                "what": one.what,
                "title": one.title,
                "files": one.files,
                "cause": one.cause,
                "reason": one.reason,
                "by": [one.asked_name, one.decided_name],
                "at": one.decided_at.isoformat() if one.decided_at else None,
            }
            for one in tombstones([meeting])
        ],
        "manifest": {"digest": manifest.digest, "signature": manifest.signature}
        if manifest
        else None,
    }


def minutes_data(meeting: Meeting) -> dict[str, Any] | None:
    """The approved minutes, part by part."""
    shown = frozen_minutes(meeting)
    if shown is None or shown.minutes.approved_at is None:
        return None
    return {
        "approved_at": shown.minutes.approved_at.isoformat(),
        "approved_by": shown.minutes.approved_name,
        "sha256": shown.minutes.sha256,
        "parts": [{"title": part.title, "text": part.body} for part in shown.sections],
    }


def material_data(material: Material) -> dict[str, Any]:
    version = material.current
    return {
        "id": str(material.pk),
        "kind": material.kind,
        "title": material.title,
        "township": {"id": str(material.township_id), "name": material.township.name},
        "filename": version.filename if version else "",
        "sha256": version.sha256 if version else "",
        "size": version.size if version else 0,
        "pages": version.pages_total if version else 0,
        "uploaded_at": version.uploaded_at.isoformat() if version else None,
    }


def dublin_core(meeting: Meeting) -> bytes:
    """The fifteen elements as far as they apply, as XML."""
    ElementTree.register_namespace("dc", DC)
    root = ElementTree.Element("metadata")
    local = meeting.starts_at.astimezone(meeting.zone)
    said = [
        ("title", meeting.title),
        ("creator", f"{meeting.county.name}委组织部"),
        ("subject", "乡镇组织工作例会"),
        ("description", meeting.note),
        ("publisher", meeting.county.name),
        ("date", f"{local:%Y-%m-%d}"),
        ("type", "Collection"),
        ("identifier", f"urn:uuid:{meeting.pk}"),
        ("identifier", archival_number(meeting)),
        ("language", "zh"),
        ("coverage", meeting.venue),
        ("rights", SECURITY),
    ]
    for name, value in said:
        if value:
            ElementTree.SubElement(root, f"{{{DC}}}{name}").text = xml_text(value)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def xml_text(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return UNPRINTABLE.sub("", text)


def da_t_22(meeting: Meeting, materials: list[Material]) -> dict[str, Any]:
    """The fields of DA/T 22-2015 (归档文件整理规则): of this meeting as one 件, and of each file in it."""
    local = meeting.starts_at.astimezone(meeting.zone)
    periods = periods_of(meeting.county_id)
    common = {
        "日期": f"{local:%Y%m%d}",
        "年度": f"{local:%Y}",
        "机构（问题）": "组织工作例会",
        "密级": SECURITY,
    }
    return {
        **common,
        "档号": archival_number(meeting),
        "题名": meeting.title,
        "责任者": f"{meeting.county.name}委组织部",
        "保管期限": PERIODS[periods["record"]],
        "页数": sum(m.current.pages_total for m in materials if m.current),
        "附件数": len(materials),
        "备注": meeting.venue,
        "附件": [
            {
                **common,
                "档号": f"{archival_number(meeting)}-{number:03}",
                "件号": number,
                "题名": str(material),
                "责任者": material.township.name,
                "保管期限": PERIODS[periods[material.kind]],
                "页数": material.current.pages_total if material.current else 0,
                "文件名": material.current.filename if material.current else "",
                "SHA-256": material.current.sha256 if material.current else "",
            }
            for number, material in enumerate(materials, 1)
        ],
    }
