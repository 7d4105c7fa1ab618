"""Where a file of a folder tree belongs: years, months and townships as people write them."""

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.old_plan import is_system, names_of, place
from archive.old_source import BadSource, safe_path

QINGSHI, BAISHA = uuid.uuid4(), uuid.uuid4()
NAMES = names_of({QINGSHI: "青石镇", BAISHA: "白沙乡"})
TODAY = dt.date(2026, 11, 22)


def put(path, size=10):
    return place(path, size, NAMES, today=TODAY, largest=1000)


@pytest.mark.parametrize(
    ("folders", "day"),
    [
        ("2024/05", (2024, 5, 25)), ("2024年/5月", (2024, 5, 25)), ("2024/5月18日", (2024, 5, 18)),
        ("2024-05", (2024, 5, 25)), ("2024-05-18", (2024, 5, 18)), ("2024.5.18", (2024, 5, 18)),
        ("202405", (2024, 5, 25)), ("20240518", (2024, 5, 18)), ("2024年5月18日", (2024, 5, 18)),
        ("例会资料/2019年度/2019年12月", (2019, 12, 25)), ("2020/十一月", (2020, 11, 25)),
        ("2020/12月份例会", (2020, 12, 25)), ("2020/2020-02", (2020, 2, 25)), ("2021/0318", (2021, 3, 18)),
        ("归档/2018/1", (2018, 1, 25)), ("2018/01 基层党建专题", (2018, 1, 25)),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(folders, day):
    found = put(f"{folders}/青石镇/演示.pptx")
    assert (found.reason, found.day, found.township) == ("", dt.date(*day), QINGSHI)


@pytest.mark.parametrize(
    "folders", ["2024", "杂项", "2024/13", "2024/汇总", "05/2024x", "2023-02-30", "1899/05"]
)
def test_without_a_month_it_is_left_out_with_its_reason(folders):
    assert put(f"{folders}/青石镇/演示.pptx").reason == "no_date"


@pytest.mark.parametrize(
    ("path", "township"),
    [
        ("2024/05/青石镇/a.pptx", QINGSHI), ("2024/05/青石/a.pptx", QINGSHI), ("2024/05/01青石镇组织委员/a.pptx", QINGSHI),
        ("2024/05/青石鎮/a.pptx", QINGSHI), ("2024/05/白沙乡交流发言.docx", BAISHA), ("2024/05/白沙乡/青石经验.docx", BAISHA),
    ],
)  # fmt: skip
def test_townships_by_folder_or_file_name(path, township):
    assert put(path).township == township


def test_each_reason():
    assert put("2024/05/合计/a.pptx").reason == "no_township"
    assert put("2024/05/青石镇/照片.jpg").reason == "kind"
    assert put("2024/05/青石镇/a.exe").reason == "kind"
    assert put("2024/05/青石镇/a.pptx", 0).reason == "empty"
    assert put("2024/05/青石镇/a.pptx", 1001).reason == "too_large"
    assert put("2026/12/青石镇/a.pptx").reason == "future"
    assert put("2024/05/青石镇/a\u202exgpj.exe.pptx").reason in ("", "name")


def test_a_pdf_is_what_it_is_called():
    assert put("2024/05/青石镇/交流材料.pdf").kind == "manuscript"
    assert put("2024/05/青石镇/多媒体演示.pdf").kind == "deck"
    assert put("2024/05/青石镇/PPT/稿.pdf").kind == "deck"


def test_the_rest_of_the_months_folder_names_the_meeting():
    assert put("2018/01 基层党建专题/青石镇/a.pptx").title == "2018年1月基层党建专题"
    assert put("2018/01/青石镇/a.pptx").title == "2018年1月乡镇组织工作例会"


@pytest.mark.parametrize(
    "path", ["a/.DS_Store", "__MACOSX/a.pptx", "a/~$b.docx", "a/Thumbs.db", ".git/x"]
)
def test_what_systems_leave_behind_is_passed_over(path):
    assert is_system(path)


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/passwd", "C:\\x", "c:/x", "a\\..\\..\\x", "a/\x00b", "a\nb"]
)
def test_paths_that_lead_outside_are_refused(path):
    with pytest.raises(BadSource):
        safe_path(path)


@given(st.text(max_size=60))
def test_any_path_has_a_place_or_a_reason(path):
    found = put(path or "x")
    assert found.reason or (found.day and found.township and found.kind)
