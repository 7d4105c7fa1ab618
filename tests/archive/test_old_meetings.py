"""Bringing old meetings in: the dry run writes nothing, the rest is resumable, bad archives are refused."""

import io
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from archive import old_bring
from archive.models import OldFile, OldImport
from archive.search import search
from meetings.models import Event, Meeting
from tests.archive.material import index
from tests.people import client_of
from townships.models import AuditRow, User
from townships.problems import Invalid, NotAllowed, NotFound
from uploads.models import Material, Version

pytestmark = pytest.mark.django_db

TREE = {
    "旧档/2019/05 志愿者名册/青石镇/名册怎么建.pptx": b"deck one",
    "旧档/2019/05 志愿者名册/青石镇/交流.docx": b"paper",
    "旧档/2019/05 志愿者名册/白沙乡/发言.txt": "志愿者发言".encode(),
    "旧档/2019/06/青石镇/一.pptx": b"first",
    "旧档/2019/06/青石镇/二.pptx": b"second",
    "旧档/2019/06/汇总表.xlsx": b"x",
    "旧档/说明.docx": b"x",
    "旧档/2019/06/.DS_Store": b"x",
}


def zipped(tree, **names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in tree.items():
            archive.writestr(path, content)
    return out.getvalue()


def sent(actor, data, name="旧档.zip", piece=100):
    found = old_bring.begin(actor=actor, name=name, size=len(data))
    for start in range(0, len(data), piece):
        found = old_bring.receive(
            actor=actor,
            import_id=found.pk,
            offset=start,
            source=io.BytesIO(data[start : start + piece]),
        )
    return found


def worked():
    while old_bring.work_some():
        pass


def test_the_dry_run_explains_every_file_and_writes_nothing(county, townships, archivist):
    found = sent(archivist, zipped(TREE))
    worked()
    found.refresh_from_db()
    assert (found.state, found.ignored) == ("planned", 1)
    assert Meeting.objects.count() == Version.objects.count() == 0
    rows = {row.path.rsplit("/", 1)[-1]: (row.state, row.reason) for row in found.files.all()}
    assert rows["汇总表.xlsx"] == ("left_out", "kind")
    assert rows["说明.docx"] == ("left_out", "no_date")
    assert sum(state == "waiting" for state, _reason in rows.values()) == 5
    page = client_of(archivist).get(reverse("archive:bringing", args=[found.pk])).content.decode()
    for words in ("2019年5月志愿者名册", "说明.docx", "汇总表.xlsx", "青石镇"):
        assert words in page


def test_confirmed_it_becomes_closed_meetings_in_the_archive(county, townships, archivist, member):
    found = sent(archivist, zipped(TREE))
    worked()
    old_bring.confirm(actor=archivist, import_id=found.pk)
    worked()
    found.refresh_from_db()
    assert found.state == "done"
    may, june = Meeting.objects.order_by("starts_at")
    assert (may.title, may.status) == ("2019年5月志愿者名册", "closed")
    assert {(m.township.name, m.kind) for m in may.materials.all()} == {
        ("青石镇", "deck"),
        ("青石镇", "manuscript"),
        ("白沙乡", "manuscript"),
    }
    versions = Version.objects.filter(material__meeting=june).order_by("number")
    assert [v.filename for v in versions] == ["一.pptx", "二.pptx"]
    kinds = list(Event.objects.filter(meeting=may).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["meeting.created", *["material.received"] * 3, "meeting.closed"]
    assert [e.seq for e in Event.objects.filter(meeting=may).order_by("seq")] == [1, 2, 3, 4, 5]
    index()
    assert search(actor=member, text="志愿者名册").total == 1
    assert client_of(member).get(reverse("archive:meeting", args=[may.pk])).status_code == 200


def test_an_interrupted_import_goes_on_and_doubles_nothing(
    county, townships, archivist, monkeypatch
):
    found = sent(archivist, zipped(TREE))
    worked()
    old_bring.confirm(actor=archivist, import_id=found.pk)
    real, calls = old_bring.write_meeting, []

    def falls(*args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("the power is gone")
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(old_bring, "write_meeting", falls)
        with pytest.raises(RuntimeError):
            old_bring.work_some()
    assert Meeting.objects.count() == 1
    worked()
    assert Meeting.objects.count() == 2
    assert Version.objects.count() == 5
    found.refresh_from_db()
    assert found.state == "done"


def test_brought_in_twice_it_is_there_once(county, townships, archivist):
    for _ in range(2):
        found = sent(archivist, zipped(TREE))
        worked()
        found.refresh_from_db()
        if OldFile.objects.filter(bringing=found, state="waiting").exists():
            old_bring.confirm(actor=archivist, import_id=found.pk)
            worked()
    assert Meeting.objects.count() == 2
    assert set(found.files.values_list("reason", flat=True)) == {
        "meeting_exists",
        "no_date",
        "kind",
    }


def hostile(path, **changes):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("2019/05/青石镇/好.pptx", b"good")
        info = zipfile.ZipInfo(path)
        for name, value in changes.items():
            setattr(info, name, value)
        archive.writestr(info, b"bad")
    return out.getvalue()


def cut():
    return zipped({f"2019/05/青石镇/{n}.pptx": bytes(3000) for n in range(3)})[:-400]


def changed():
    data = bytearray(zipped({"2019/05/青石镇/a.pptx": b"abcdefgh" * 50}))
    data[data.index(b"abcdefgh") + 4] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (hostile("../../etc/passwd"), "etc/passwd"),
        (hostile("/etc/passwd"), "etc/passwd"),
        (hostile("2019/05/青石镇/l.pptx", external_attr=0o120777 << 16), "l.pptx"),
        (hostile("2019/05/青石镇/好.pptx"), "好.pptx"),
        (cut(), "ZIP"),
        (changed(), "a.pptx"),
        (b"no zip at all" * 30, "ZIP"),
    ],
    ids=["outside", "absolute", "link", "twice", "cut", "changed", "none"],
)
def test_bad_archives_are_refused_whole(county, townships, archivist, data, words):
    found = sent(archivist, data, piece=4000)
    worked()
    found.refresh_from_db()
    assert found.state == "refused"
    assert words in found.reason
    assert not found.files.exists()
    assert Meeting.objects.count() == 0
    with pytest.raises(old_bring.NotPlanned):
        old_bring.confirm(actor=archivist, import_id=found.pk)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "damaged"), ("zh-hant", "損壞"), ("", "损坏")]
)
def test_a_refusal_is_said_in_the_language_of_who_brought_it(
    county, townships, archivist, language, words
):
    """The worker says it, which has no reader; the county's language where nobody chose one."""
    User.objects.filter(pk=archivist.user_id).update(language=language)
    found = sent(archivist, changed())
    worked()
    found.refresh_from_db()
    assert words in found.reason


def test_names_as_chinese_windows_writes_them(county, townships, archivist):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("x" * len("2019/05/青石镇/演示.pptx".encode("gb18030")))
        archive.writestr(info, b"deck")
    name = "2019/05/青石镇/演示.pptx".encode("gb18030")
    data = out.getvalue().replace(b"x" * len(name), name)
    found = sent(archivist, data)
    worked()
    assert found.files.get().path == "2019/05/青石镇/演示.pptx"


def test_pieces_only_go_on_where_the_last_one_ended(county, archivist):
    found = old_bring.begin(actor=archivist, name="a.zip", size=10)
    old_bring.receive(actor=archivist, import_id=found.pk, offset=0, source=io.BytesIO(b"12345"))
    for offset in (0, 4, 6):
        with pytest.raises(old_bring.WrongOffset) as caught:
            old_bring.receive(
                actor=archivist, import_id=found.pk, offset=offset, source=io.BytesIO(b"x")
            )
        assert caught.value.params == {"received": 5}
    with pytest.raises(old_bring.WrongOffset):
        old_bring.receive(
            actor=archivist, import_id=found.pk, offset=5, source=io.BytesIO(b"123456")
        )
    old_bring.drop(actor=archivist, import_id=found.pk)
    assert not OldImport.objects.exists()


@pytest.mark.parametrize(("name", "size"), [("a.rar", 5), ("a.zip", 0), ("a.zip", 10**12), ("", 5)])
def test_only_zips_of_a_sensible_size(archivist, name, size):
    with pytest.raises(Invalid):
        old_bring.begin(actor=archivist, name=name, size=size)


def test_who_may_not(member, observer, guest, archivist, foreign_organiser):
    for actor in (member, observer, guest):
        with pytest.raises(NotAllowed):
            old_bring.begin(actor=actor, name="a.zip", size=5)
    found = old_bring.begin(actor=archivist, name="a.zip", size=5)
    with pytest.raises(NotFound):
        old_bring.find(foreign_organiser, found.pk)


def test_the_page_takes_pieces(county, townships, organiser):
    client, data = client_of(organiser), zipped(TREE)
    assert client.get(reverse("archive:bring")).status_code == 200
    begun = client.post(reverse("archive:old_begin"), {"name": "旧.zip", "size": len(data)})
    assert begun.status_code == 201
    pieces = begun.json()["pieces"]
    half = len(data) // 2
    for start, end in ((0, half), (half, len(data))):
        kind = "application/octet-stream"
        answer = client.post(f"{pieces}?offset={start}", data[start:end], content_type=kind)
        assert answer.json()["received"] == end
    again = client.post(f"{pieces}?offset=0", b"x", content_type="application/octet-stream")
    assert (again.status_code, again.json()["received"]) == (409, len(data))
    worked()
    shown = client.get(begun.json()["url"])
    assert "2019年5月志愿者名册" in shown.content.decode()
    found = OldImport.objects.get()
    assert client.post(reverse("archive:old_confirm", args=[found.pk])).status_code == 302
    worked()
    assert Meeting.objects.count() == 2


def test_the_command_looks_first_and_goes_on(county, townships, tmp_path, capsys):
    for path, content in TREE.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (tmp_path / "旧档/2019/05 志愿者名册/青石镇/链.pptx").symlink_to("/etc/passwd")
    call_command("bring_in", county.name, str(tmp_path))
    said = capsys.readouterr().out
    assert "链.pptx" in said
    assert Meeting.objects.count() == OldImport.objects.count() == 0
    call_command("bring_in", county.name, str(tmp_path), "--yes")
    assert Meeting.objects.count() == 2
    assert Material.objects.count() == 4
    with pytest.raises(CommandError):
        call_command("bring_in", county.name, str(tmp_path / "nothing"))
    kept = AuditRow.objects.filter(action__startswith="archive.import_").order_by("pk")
    begun, dropped, confirmed = (
        f"archive.import_{what}" for what in ("begun", "dropped", "confirmed")
    )
    assert [row.action for row in kept] == [begun, dropped, begun, confirmed, begun]


def test_looking_again_does_not_forget_what_was_interrupted(county, tmp_path):
    """Without --yes the command only tells; the next one with it goes on."""
    OldImport.objects.create(
        county=county, name=tmp_path.name, source=str(tmp_path.resolve()), state="running"
    )
    call_command("bring_in", county.name, str(tmp_path))
    assert OldImport.objects.get().state == "running"


@pytest.mark.timeout(300)
def test_thousands_of_files(county, townships, archivist):
    tree = {
        f"{year}/{month:02}/{township.name}/{number}.pptx": b"x"
        for year in range(2005, 2015)
        for month in range(1, 13)
        for township in townships
        for number in range(7)
    }
    found = sent(archivist, zipped(tree), piece=8_000_000)
    worked()
    assert found.files.filter(state="waiting").count() == 2520
