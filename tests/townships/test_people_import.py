"""Importing people: every row says what it will do, bad rows are refused with a reason, and what was shown is done."""

import csv
import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.people import client_of, make_person, no_more_queries_than
from townships import people_import, services, sheets
from townships.actors import Actor
from townships.models import AuditRow, County, Invitation, Membership, PeopleImport, Township, User
from townships.people_plan import Does, Plan
from townships.people_table import Line, read_people
from townships.problems import Invalid, NotAllowed, NotFound

HEAD = ["姓名", "角色", "乡镇", "用户名", "邮箱"]


def as_csv(rows: list[list[str]], encoding: str = "utf-8", head: list[str] = HEAD) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode(encoding)


def as_xlsx(rows: list[list[Any]], head: list[str] = HEAD) -> bytes:
    book = Workbook()
    sheet = book.active
    for row in [head, *rows]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bring(actor: Actor, data: bytes, adds: bool = False) -> tuple[PeopleImport, Plan]:
    kept = people_import.bring_people(
        actor=actor, filename="名单.csv", data=data, adds_townships=adds
    )
    return kept, people_import.plan_of(actor, kept)


def does(plan: Plan) -> list[str]:
    return [row.does for row in plan.rows]


def reason(plan: Plan, row: int = 0) -> str:
    return " ".join(map(str, plan.rows[row].says))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
)
def test_csv_in_every_usual_encoding(encoding: str) -> None:
    lines = read_people(as_csv([["王小明", "组织委员", "青石镇", "", ""]], encoding))
    assert [line.cells["name"] for line in lines] == ["王小明"]
    assert lines[0].cells["township"] == "青石镇"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_other_delimiters_and_columns_in_any_order(delimiter: str) -> None:
    text = delimiter.join(["Township", "E-mail", "remarks", "User name", "Name"]) + "\r\n"
    text += delimiter.join(["青石镇", "a@b.example", "x", "wxm", "王小明"]) + "\r\n"
    assert read_people(text.encode())[0].cells == {
        "name": "王小明", "role": "", "township": "青石镇", "username": "wxm", "email": "a@b.example",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空"),
        (b"\xd0\xcf\x11\xe0 old", ".xls"),
        (b"PK\x03\x04 broken", "无法打开"),
        (b"\xff\xfe\x00\xd8\x00\x00", "无法读取"),
        ("张三,李四\r\n王五,赵六\r\n".encode(), "第一行"),
        (",".join(HEAD).encode(), "没有数据行"),
        ("姓名,姓名\r\n王五,赵六\r\n".encode(), "相同"),
        (b"\x81\x20\xff\xff\xfe", "无法读取"),
    ],
)
def test_files_that_are_no_list_are_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_people(data)
    assert words in str(caught.value.fields["file"])


def test_a_zip_bomb_and_entities_are_refused() -> None:
    for content in (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b" " * 70_000_000):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr("[Content_Types].xml", content)
        with pytest.raises(Invalid):
            read_people(out.getvalue())


def test_more_than_5000_rows_are_refused() -> None:
    with pytest.raises(Invalid):
        read_people(("姓名,乡镇\n" + "甲,乙\n" * 5001).encode())
    assert len(read_people(("姓名,乡镇\n" + "甲,乙\n" * 5000).encode())) == 5000


def test_each_row_says_what_it_will_do(
    organiser: Actor, member: Actor, other_member: Actor, county: County
) -> None:
    """New people, people here already, people who move, and a new township."""
    rows = [
        ["王小明", "组织委员", "青石镇", "", "wxm@x.example"],
        ["青石委员", "组织委员", "青石镇", "", ""],
        ["青石委员", "组织委员", "白沙乡", "member", ""],
        ["李列席", "列席", "", "", ""],
        ["赵新", "", "新设镇", "", ""],
        ["", "", "另设乡", "", ""],
    ]
    _kept, plan = bring(organiser, as_csv(rows[:2] + rows[3:]), adds=True)
    assert does(plan) == [Does.INVITE, Does.SAME, Does.INVITE, Does.INVITE, Does.TOWNSHIP]
    assert plan.new_townships == ["新设镇", "另设乡"]
    _kept, plan = bring(organiser, as_csv([rows[2]]))
    assert does(plan) == [Does.MOVE]
    assert "青石镇" in reason(plan)


REFUSED = [
    (["", "组织委员", "青石镇", "", ""], "缺少姓名"),
    (["王小明", "书记", "青石镇", "", ""], "角色"),
    (["王小明", "", "", "", ""], "缺少角色"),
    (["王小明", "组织委员", "", "", ""], "需要"),
    (["王小明", "组织委员", "没有镇", "", ""], "没有这个名称"),
    (["王小明", "组织委员", "青石镇", "有 空格", ""], "用户名"),
    (["王小明", "组织委员", "青石镇", "", "不是邮箱"], "邮箱"),
    (["王小明", "组织委员", "青石镇", "stranger", ""], "已被使用"),
    (["别人", "组织委员", "青石镇", "member", ""], "青石委员"),
    (["青石委员", "组织委员", "白沙乡", "", ""], "member"),
    (["组织者", "列席", "", "organiser", ""], "组织者"),
    (["=1+1", "组织委员", "青石镇", "", ""], "公式"),
    (["+86", "组织委员", "青石镇", "", ""], "公式"),
    (["长" * 200, "组织委员", "青石镇", "", ""], "太长"),
    (["王小明", "组织委员", "停用镇", "", ""], "停用"),
]


@pytest.mark.parametrize(("row", "words"), REFUSED)
def test_bad_rows_are_refused_with_their_reason(
    organiser: Actor,
    member: Actor,
    other_member: Actor,
    foreign_organiser: Actor,
    county: County,
    row: list[str],
    words: str,
) -> None:
    User.objects.filter(pk=foreign_organiser.user_id).update(username="stranger")
    Township.objects.create(county=county, name="停用镇", active=False)
    _kept, plan = bring(organiser, as_csv([row]))
    assert does(plan) == [Does.REFUSE]
    assert words in reason(plan)


def test_a_row_says_everything_that_is_wrong_with_its_cells(organiser: Actor) -> None:
    _kept, plan = bring(organiser, as_csv([["=1+1", "书记", "青石镇", "有 空格", "不是邮箱"]]))
    assert len(plan.rows[0].says) == 4


def test_duplicates_in_the_file_are_refused_naming_the_first(
    organiser: Actor, township: Township
) -> None:
    rows = [
        ["王小明", "", "青石镇", "wxm", ""],
        ["王小红", "", "青石镇", "WXM", ""],
        ["李四", "", "青石镇", "", "l@x.example"],
        ["李四", "", "青石镇", "", "L@x.example"],
        ["赵六", "", "青石镇", "", ""],
        ["赵六", "", "青石镇", "", ""],
    ]
    _kept, plan = bring(organiser, as_csv(rows))
    assert does(plan) == [Does.INVITE, Does.REFUSE] * 3
    assert "第 2 行" in reason(plan, 1)
    assert "第 6 行" in reason(plan, 5)


def test_one_person_named_by_user_name_and_by_e_mail_is_found_out(
    organiser: Actor, member: Actor, other_township: Township
) -> None:
    """Otherwise the second row would undo the first, or make two of somebody who comes back."""
    User.objects.filter(pk=member.user_id).update(email="q@x.example")
    rows = [
        [member.name, "", other_township.name, "member", ""],
        [member.name, "列席", "", "", "q@x.example"],
    ]
    _kept, plan = bring(organiser, as_csv(rows))
    assert does(plan) == [Does.MOVE, Does.REFUSE]
    assert "第 2 行" in reason(plan, 1)


def test_formulas_of_a_workbook_are_refused(organiser: Actor, township: Township) -> None:
    data = as_xlsx(
        [['=HYPERLINK("http://x")', "", "青石镇", "", ""], ["王小明", "", "青石镇", 12345, ""]]
    )
    _kept, plan = bring(organiser, data)
    assert does(plan) == [Does.REFUSE, Does.INVITE]
    assert plan.rows[1].cells["username"] == "12345"


def test_what_was_shown_is_carried_out(
    organiser: Actor, member: Actor, other_township: Township
) -> None:
    rows = [
        ["王小明", "组织委员", "新设镇", "", "wxm@x.example"],
        ["王小明", "组织委员", "青石镇", "", "other@x.example"],
        ["青石委员", "组织委员", "白沙乡", "member", ""],
        ["坏", "", "", "", ""],
    ]
    kept, plan = bring(organiser, as_csv(rows), adds=True)
    counts = people_import.carry_out_import(actor=organiser, import_id=kept.pk, digest=plan.digest)
    assert counts == {"invite": 2, "return": 0, "move": 1, "township": 0, "same": 0, "refuse": 1}
    made = Membership.objects.filter(user__name="王小明").order_by("user__username")
    assert [one.user.username for one in made] == ["王小明", "王小明2"]
    assert {one.township.name for one in made} == {"新设镇", "青石镇"}
    assert not any(one.active for one in made)
    assert all(one.invitation.given_at is None for one in made)
    old = Membership.objects.get(pk=member.membership_id)
    new = Membership.objects.get(user_id=member.user_id, active=True)
    assert (old.active, old.township.name, new.township.name) == (False, "青石镇", "白沙乡")
    assert AuditRow.objects.filter(action="person.invited").count() == 2
    assert PeopleImport.objects.get().rows == []
    with pytest.raises(people_import.ImportDone):
        people_import.carry_out_import(actor=organiser, import_id=kept.pk, digest=plan.digest)


def test_nothing_is_done_when_the_county_changed_since_the_preview(
    organiser: Actor, township: Township
) -> None:
    kept, plan = bring(organiser, as_csv([["王小明", "", "青石镇", "", ""]]))
    services.invite(actor=organiser, name="王小明", role="member", township_id=township.pk)
    with pytest.raises(people_import.PreviewIsOld):
        people_import.carry_out_import(actor=organiser, import_id=kept.pk, digest=plan.digest)
    assert User.objects.filter(name="王小明").count() == 1


def test_who_left_comes_back_as_the_same_person(organiser: Actor, member: Actor) -> None:
    services.deactivate_person(actor=organiser, membership_id=member.membership_id)
    kept, plan = bring(organiser, as_csv([["青石委员", "", "青石镇", "member", ""]]))
    assert does(plan) == [Does.RETURN]
    people_import.carry_out_import(actor=organiser, import_id=kept.pk, digest=plan.digest)
    assert User.objects.filter(name="青石委员").count() == 1
    assert Invitation.objects.get().membership.user_id == member.user_id


def test_what_was_exported_imports_as_nothing_to_do(
    organiser: Actor, member: Actor, observer: Actor, archivist: Actor
) -> None:
    services.invite(actor=organiser, name="-1 新人", role="observer", username="xinren")
    for language in ("zh-hans", "zh-hant", "en"):
        client = client_of(organiser, headers={"Accept-Language": language})
        for ending in ("csv", "xlsx"):
            data = client.get(f"/people/export.{ending}").content
            _kept, plan = bring(organiser, data)
            assert len(plan.rows) == 5
            assert [row.does for row in plan.rows if row.cells["name"] != "-1 新人"] == ["same"] * 4


def test_an_export_runs_no_formulas(organiser: Actor, county: County) -> None:
    for name in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "＝1"):
        make_person(county, "observer", f"user{len(name)}{ord(name[0])}", name=name)
    client = client_of(organiser)
    for row in csv.reader(
        io.StringIO(client.get("/people/export.csv").content.decode("utf-8-sig"))
    ):
        assert not any(sheets.is_risky(cell) for cell in row)
    book = load_workbook(io.BytesIO(client.get("/people/export.xlsx").content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(cell.value == "=cmd|' /C calc'!A0" and cell.quotePrefix for cell in cells)


@pytest.mark.slow
def test_5000_rows_are_judged_with_few_queries_and_carried_out(
    organiser: Actor, township: Township
) -> None:
    rows = [[f"人员{n}", "组织委员", "青石镇", f"u{n % 4900}", ""] for n in range(5000)]
    kept = people_import.bring_people(actor=organiser, filename="x", data=as_csv(rows, "gb18030"))
    with no_more_queries_than(20):
        plan = people_import.plan_of(organiser, kept)
    assert plan.counts()[Does.INVITE] == 4900
    assert plan.counts()[Does.REFUSE] == 100
    people_import.carry_out_import(actor=organiser, import_id=kept.pk, digest=plan.digest)
    assert Invitation.objects.count() == 4900


def test_the_pages_from_file_to_invitations(organiser: Actor, member: Actor) -> None:
    client = client_of(organiser)
    sent = io.BytesIO(as_csv([["王小明", "", "青石镇", "", ""], ["坏", "", "", "", ""]], "gb18030"))
    sent.name = "名单.csv"
    answer = client.post("/people/import/", {"file": sent})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "将受邀" in page.content.decode()
    refused = client.get(answer["Location"] + "refused.xlsx")
    sheet = load_workbook(io.BytesIO(refused.content)).active
    assert [cell.value for cell in sheet[2]][:2] == [3, "坏"]
    done = client.post(answer["Location"], {"digest": page.context["digest"]})
    assert done["Location"] == "/people/invitations/?state=new"
    assert "王小明" in client.get(done["Location"]).content.decode()
    assert client.get("/people/import/template.xlsx").status_code == 200
    bad = client.post("/people/import/", {"file": io.BytesIO(b"")})
    assert bad.status_code == 400


def test_rights(organiser: Actor, member: Actor, foreign_organiser: Actor) -> None:
    data = as_csv([["王小明", "", "青石镇", "", ""]])
    with pytest.raises(NotAllowed):
        people_import.bring_people(actor=member, filename="x", data=data)
    kept, plan = bring(organiser, data)
    for actor, problem in ((member, NotAllowed), (foreign_organiser, NotFound)):
        with pytest.raises(problem):
            people_import.carry_out_import(actor=actor, import_id=kept.pk, digest=plan.digest)


def test_any_rows_are_judged_without_a_fault(organiser: Actor, township: Township) -> None:
    """Odd cells of every kind end as a verdict."""
    odd = [
        "",
        "\x00",
        "\ud800",
        "'=x",
        "٣",
        "a" * 900,
        "\u202e",
        "组织委员",
        "青石镇",
        "<b>",
        "a@b.c",
        "\t",
    ]
    lines = [
        Line(n, {"name": a, "role": b, "township": a, "username": b, "email": a})
        for n, (a, b) in enumerate([(x, y) for x in odd for y in odd])
    ]
    from townships.people_plan import make_plan

    plan = make_plan(organiser, lines, adds_townships=True)
    assert len(plan.rows) == len(odd) ** 2
