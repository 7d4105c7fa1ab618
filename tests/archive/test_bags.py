"""Archive packages: valid bags with readable names, made while they are sent."""

import io
import json
import zipfile

import bagit
import pytest
from django.urls import reverse

from archive.bags import Bag, safe_name
from tests.archive.material import add_deck, add_entry, add_files, month
from tests.people import client_of, make_meeting
from townships.models import AuditRow
from uploads import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(county, township):
    meeting = make_meeting(county, "closed", **month(2024, 5), title="五月例会：一/二")
    add_files(add_deck(meeting, township, [{"title": "名册", "text": "登记", "notes": "停一下"}]))
    add_entry(meeting, township, "<b>联系不上</b>")
    return meeting


def unpacked(content, folder):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    [root] = folder.iterdir()
    return root


def test_a_bag_is_valid_and_readable(closed, tmp_path):
    root = unpacked(b"".join(Bag([closed], name="五月例会：一/二").stream()), tmp_path)
    assert root.name == "五月例会：一 二"
    bag = bagit.Bag(str(root))
    bag.validate()
    names = {
        str(path.relative_to(root / "data")) for path in root.rglob("data/**/*") if path.is_file()
    }
    at = "2024-05-25 五月例会：一 二"
    assert names == {
        f"{at}/材料/青石镇 多媒体演示/演示.pptx",
        f"{at}/材料/青石镇 多媒体演示/文档.pdf",
        f"{at}/材料/青石镇 多媒体演示/文字.txt",
        f"{at}/材料/青石镇 多媒体演示/页面/001.webp",
        f"{at}/例会.html",
        f"{at}/style.css",
        f"{at}/metadata/meeting.json",
        f"{at}/metadata/dublin-core.xml",
        f"{at}/metadata/da-t-22-2015.json",
    }
    page = (root / "data" / at / "例会.html").read_text()
    assert "&lt;b&gt;联系不上" in page
    assert "停一下" not in page
    described = json.loads((root / "data" / at / "metadata" / "da-t-22-2015.json").read_text())
    assert described["题名"] == "五月例会：一/二"
    assert described["页数"] == 1


def test_a_changed_byte_is_found_by_the_bagit_tool(closed, tmp_path):
    root = unpacked(b"".join(Bag([closed], name="包").stream()), tmp_path)
    [original] = root.rglob("演示.pptx")
    original.write_bytes(original.read_bytes().replace(b"o", b"0", 1))
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(root)).validate()


def test_a_file_that_storage_lost_is_named_and_the_bag_stays_valid(closed, tmp_path):
    files.delete([closed.materials.get().current.pdf])
    root = unpacked(b"".join(Bag([closed], name="包").stream()), tmp_path)
    bagit.Bag(str(root)).validate()
    assert "文档.pdf" in (root / "data" / "missing.txt").read_text()


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "etc passwd"), ("a\x00b\r\nc", "a b c"), ("CON", "_CON"), ("", "-"), ("...", "-"),
     ("长" * 200 + ".pptx", "长" * 80 + ".pptx"), ("汇报\u202excod.exe", "汇报xcod.exe"), ("a%41", "a 41")],
)  # fmt: skip
def test_names_are_safe_everywhere(name, safe):
    assert safe_name(name) == safe


def test_only_archivists_take_packages_and_it_is_noted(
    closed, archivist, organiser, member, foreign_organiser
):
    addresses = [
        reverse("archive:package", args=[closed.pk]),
        reverse("archive:package_of_year", args=[2024]),
        reverse("archive:package_of_quarter", args=[2024, 2]),
    ]
    for address in addresses:
        answer = client_of(archivist).get(address)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/zip"
        assert "filename*=utf-8''" in answer["Content-Disposition"]
        for actor in (organiser, member):
            assert client_of(actor).get(address).status_code == 403
    assert AuditRow.objects.filter(action="archive.packaged").count() == 3
    assert client_of(foreign_organiser).get(addresses[0]).status_code == 404
    for year, quarter in ((2024, 3), (2024, 9), (1800, 1)):
        empty = reverse("archive:package_of_quarter", args=[year, quarter])
        assert client_of(archivist).get(empty).status_code == 404
