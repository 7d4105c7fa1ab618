"""A county goes out and comes in again, byte for byte; a backup restores an installation."""

import io
import json
import zipfile

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from archive import keeping, retention
from archive.corrections import add_correction
from archive.exchange import AlreadyHere, BadExport, read_export, write_export
from archive.models import Checkup, Disposal, Minutes, MinutesSection
from archive.search import search
from board.models import (
    Adoption,
    AdoptionStep,
    Case,
    CaseDiscussion,
    CaseStep,
    Category,
    Post,
    Reply,
    Support,
)  # fmt: skip
from meetings.models import AgendaItem
from tests.archive.material import add_deck, add_entry, add_files, index, month
from tests.people import PASSWORD, make_item, make_meeting
from townships.models import County, User
from uploads import files
from uploads.models import BaseDeck, Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(county, township, other_township, member, archivist):
    """A county with something in every table."""
    meeting = make_meeting(county, "closed", **month(2024, 5), title="五月例会")
    make_item(meeting, township)
    add_files(
        add_deck(meeting, township, [{"title": "名册", "text": "登记\u2028一\n二", "notes": "停"}])
    )
    post = add_entry(meeting, township, "联系不上\U0001f600", kind="practice")
    Reply.objects.create(
        post=post, body="已记", author_key="k", author_name="甲", client_id="1", fingerprint=""
    )
    for number in range(3):
        Support.objects.create(post=post, supporter_key=f"s{number}", township=other_township)
    Adoption.objects.create(post=post, township=other_township, status="done", result="有效")
    add_correction(actor=archivist, meeting_id=meeting.pk, text="更正", reason="笔误")
    assert keeping.sign_next()
    grown(county, meeting, post, archivist)
    make_meeting(county, "live")
    return county


def grown(county, meeting, post, archivist):
    """What came after the meeting: a case under a category, a ledger, minutes, retention, readings."""
    category = Category.objects.create(county=county, name="队伍建设")
    case = Case.objects.create(
        county=county, kind="practice", title="名册", category=category, opened_in=meeting
    )
    CaseDiscussion.objects.create(case=case, meeting=meeting)
    CaseStep.objects.create(case=case, meeting=meeting, post=post, kind="opened", actor_name="甲")
    AdoptionStep.objects.create(post=post, township=post.township, status="done", actor_name="甲")
    minutes = Minutes.objects.create(meeting=meeting, approved_name="甲")
    MinutesSection.objects.create(minutes=minutes, key="agenda", title="议程", body="一、二")
    retention.set_periods(actor=archivist, periods={"deck": "permanent"})
    retention.ask_removal(actor=archivist, what="post", object_id=post.pk, reason="试")
    Checkup.objects.create(county=county, problems=["一"])
    keys = ["originals/base/original.pptx", "base-decks/base/base.pptx"]
    for key in keys:
        files.store(io.BytesIO(b"the county's own deck"), key)
    BaseDeck.objects.create(
        county=county, filename="底稿.pptx", size=21, sha256="0" * 64, original=keys[0],
        inspected=keys[1],
    )  # fmt: skip


def written(counties, **options):
    out = io.BytesIO()
    write_export(counties, out, **options)
    return out.getvalue()


@pytest.fixture
def empty(full, tmp_path):
    """The export's bytes and path, and the installation emptied."""
    content = written([full], secrets=True)
    (tmp_path / "all.zip").write_bytes(content)
    from archive.models import Entry, Follower

    Entry.objects.all().delete()
    Follower.objects.all().delete()
    wipe_everything()
    return content, tmp_path / "all.zip"


def wipe_everything():
    from archive.models import Correction
    from board.models import Post
    from meetings.models import Event, Meeting, Series
    from townships.models import AuditRow, Membership, Township
    from uploads.models import Material, Version

    for key in {k for row in Version.objects.values_list("original", "pdf") for k in row}:
        files.delete([key])
    files.delete([k for row in BaseDeck.objects.values_list("original", "inspected") for k in row])
    files.delete([k for row in Page.objects.values_list("image", "thumb") for k in row])
    Meeting.objects.update(current_item=None)
    Material.objects.update(current=None)
    for model in (Disposal, Case, Adoption, Support, Reply, Post, Page, Version, Material, Event, Correction,
                  AgendaItem, Meeting, Series, AuditRow, Membership, User, Township, Category, County):  # fmt: skip
        model.objects.all().delete()


def test_out_in_and_out_again_gives_the_same_bytes(empty):
    content, path = empty
    done = read_export(path)
    assert done.files == 6
    county = County.objects.get()
    assert written([county], secrets=True) == content
    assert Post.objects.get().body == "联系不上\U0001f600"
    assert list(keeping.check_all(county.pk))[-1].problems == []


def test_everything_works_after_a_restore(empty):
    _content, path = empty
    call_command("restore", path)
    from townships.actors import actor_of_user

    user = authenticate(username="member", password=PASSWORD)
    assert user is not None
    index()
    assert search(actor=actor_of_user(user), text="登记").total == 1


def test_an_export_holds_no_passwords(full, tmp_path):
    content = written([full])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        people = archive.read("data/townships.user.jsonl").decode()
        names = archive.namelist()
    assert '"password":"!"' in people
    assert "pbkdf2" not in people
    assert "argon" not in people
    assert "data/townships.apitoken.jsonl" not in names


def test_what_is_here_already_is_refused(full, tmp_path):
    path = tmp_path / "all.zip"
    path.write_bytes(written([full]))
    before = Post.objects.count()
    with pytest.raises(AlreadyHere):
        read_export(path)
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", path)
    assert Post.objects.count() == before


def remade(content, change):
    """The same ZIP with members changed: `change(name, bytes)` gives (name, bytes) or None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if made := change(name, old.read(name)):
                new.writestr(*made)
    return out.getvalue()


def with_traversal(content):
    import hashlib

    evil = "files/originals/../../evil"
    line = f"{hashlib.sha256(b'x').hexdigest()}  {evil}\n".encode()
    made = remade(content, lambda n, b: (n, b + line) if n == "manifest-sha256.txt" else (n, b))
    out = io.BytesIO(made)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(evil, b"x")
    return out.getvalue()


def test_rows_of_another_county_are_refused(empty, tmp_path):
    """An export that was made to reach into a county that is here already."""
    import hashlib

    content, _path = empty
    here = County.objects.create(name="本地县")

    def smuggle(name, body):
        if name == "data/townships.township.jsonl":
            first, *rest = body.splitlines(keepends=True)
            row = json.loads(first) | {"county_id": str(here.pk)}
            return name, json.dumps(row).encode() + b"\n" + b"".join(rest)
        return name, body

    def summed(name, body):
        if name != "manifest-sha256.txt":
            return name, body
        with zipfile.ZipFile(io.BytesIO(changed)) as archive:
            names = [n for n in archive.namelist() if n != name]
            sums = [(hashlib.sha256(archive.read(n)).hexdigest(), n) for n in names]
        return name, "".join(f"{sha256}  {n}\n" for sha256, n in sums).encode()

    changed = remade(content, smuggle)
    (tmp_path / "smuggled.zip").write_bytes(remade(changed, summed))
    with pytest.raises(BadExport, match="bad_export"):
        read_export(tmp_path / "smuggled.zip")
    assert list(County.objects.all()) == [here]


SPOILED = {
    "half": lambda content: content[: len(content) // 2],
    "end": lambda content: content[:-30],
    "empty": lambda content: b"",
    "no zip": lambda content: b"PK nothing",
    "flipped": lambda content: content.replace(b"original ", b"0riginal ", 1),
    "no head": lambda content: remade(
        content, lambda n, b: None if n == "lihui-export.json" else (n, b)
    ),
    "no table": lambda content: remade(
        content, lambda n, b: None if n.endswith("post.jsonl") else (n, b)
    ),
    "changed": lambda content: remade(
        content, lambda n, b: (n, b + b"{}") if "page.jsonl" in n else (n, b)
    ),
    "traversal": with_traversal,
}


def test_spoiled_exports_are_refused_and_nothing_is_changed(empty, tmp_path):
    content, _path = empty
    path = tmp_path / "spoiled.zip"
    before = files.keys_below("originals/")
    for name, spoil in SPOILED.items():
        path.write_bytes(spoil(content))
        assert path.read_bytes() != content, name
        with pytest.raises(BadExport) as caught:
            read_export(path)
        assert caught.value.detail, name
        assert not County.objects.exists(), name
        assert files.keys_below("originals/") == before, name


def test_a_backup_is_whole_or_not_there(full, tmp_path, capsys):
    target = tmp_path / "backup.zip"
    call_command("backup", target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert "1 counties" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["backup.zip"]
