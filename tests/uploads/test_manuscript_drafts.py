"""Problems and practices in a manuscript: found under its headings, put together from the lines of its pages."""

import pytest

from tests.people import client_of
from tests.uploads.processing.builders import need_converter
from tests.uploads.ready import make_ready
from uploads.models import Page
from uploads.monthly.reading import read_drafts

PAGE_ONE = """青石镇五月例会发言稿
一、本月工作开展情况
全镇开展主题党日二十三次，参加党员一千余人次，并完成了三个村的活动室改造工作。
二、存在的问题
（一）流动党员联系不上
今年以来外出务工党员增加，留下的电话换了号码，有四十一人半年没有参加过组织生
活，村里也说不清他们在哪里。
（二）村级登记信息不准
- 1 -"""
PAGE_TWO = """青石镇五月例会发言稿
登记册和系统里的数字对不上，
主要是转入的没有及时登记。
三、推介的做法
一是建立“双向联系”制度，由流出地和流入地各指定一名联系人，每月通一次电话，并
把结果记在登记册上。
二是入户核对。
四、意见建议
请县里统一登记表格。
- 2 -"""


def of(*texts):
    pages = [Page(number=n, text=text) for n, text in enumerate(texts, start=1)]
    found = read_drafts(pages[0].pk, pages, "manuscript")
    return [(draft.kind, draft.text, draft.page) for draft in found]


def test_a_manuscript_as_offices_write_it():
    """Lines are joined to paragraphs, over the page's end too; a short numbered line leads what follows."""
    assert of(PAGE_ONE, PAGE_TWO) == [
        (
            "problem",
            "流动党员联系不上：今年以来外出务工党员增加，留下的电话换了号码，有四十一人半年没有参加过组织生活，"
            "村里也说不清他们在哪里。",
            1,
        ),
        ("problem", "村级登记信息不准：登记册和系统里的数字对不上，", 1),
        ("problem", "主要是转入的没有及时登记。", 2),
        (
            "practice",
            "一是建立“双向联系”制度，由流出地和流入地各指定一名联系人，每月通一次电话，并把结果记在登记册上。",
            2,
        ),
        ("practice", "二是入户核对。", 2),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("存在的问题：村级登记信息不准。\n主要做法：入户核对。", ["村级登记信息不准。", "入户核对。"]),
        ("Problem found\n1. Nobody answers the phone.\n2. Lists are old.\nWhat we ask\nForms.",
         ["Nobody answers the phone.", "Lists are old."]),
        ("（二）存在的問題\n1.流動黨員聯繫不上\n2.登記信息不準\n（三）其他\n不算的一段話。",
         ["流動黨員聯繫不上", "登記信息不準"]),
        ("二、存在的问题\n•没有暖气。\n三、下一步打算\n继续做好工作。", ["没有暖气。"]),
        ("没有标题的一段话，说到存在的问题很多。", []),
        ("存在的问题\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_other_ways_to_write_it(text, expected):
    assert [found for _kind, found, _page in of(text)] == expected


def test_headers_footers_and_page_numbers_belong_to_nobody():
    pages = [f"县委组织部例会材料\n存在的问题\n第{n}个村登记不准。\n— {n} —" for n in "一二三四"]
    assert [found for _kind, found, _page in of(*pages)] == [
        f"第{n}个村登记不准。" for n in "一二三四"
    ]


def test_they_are_offered_on_the_slots_page_and_go_to_the_board(member, meeting, township):
    version = make_ready(
        member, meeting, township, kind="manuscript", pages=1, title="发言稿", text="存在的问题\n村级登记信息不准。"
    )  # fmt: skip
    client = client_of(member)
    slot = client.get(f"/meetings/{meeting.pk}/slots/{township.pk}/manuscript/").content.decode()
    address = f"/materials/{version.material_id}/drafts/"
    assert address in slot
    assert "文稿中写了 1 个问题" in slot
    answer = client.get(address)
    assert [row["text"] for row in answer.context["rows"]] == ["村级登记信息不准。"]
    assert "文稿" in answer.content.decode()
    key = answer.context["rows"][0]["draft"].key
    assert client.post(address, {"draft": [key]}).status_code == 302
    assert client.get(address).context["rows"][0]["post"].page.version_id == version.pk


def test_a_manuscript_without_the_headings_says_which_ones(member, meeting, township):
    version = make_ready(member, meeting, township, kind="manuscript", pages=1, title="发言稿")
    page = client_of(member).get(f"/materials/{version.material_id}/drafts/").content.decode()
    assert "发现的问题" in page


@pytest.mark.timeout(120)
def test_from_a_file_to_drafts(tmp_path):
    """A text as it is typed, made into pages by LibreOffice and read back."""
    need_converter()
    from tests.uploads.processing.builders import look
    from uploads.processing.pipeline import ProcessOptions, process

    typed = (
        "发言稿\n一、存在的问题\n"
        + "流动党员联系不上，" * 12
        + "请大家出主意。\n二、主要做法\n入户核对。\n"
    )
    checked = look(tmp_path, typed.encode(), "a.txt", "manuscript")
    done = process(checked, checked.path.parent, ProcessOptions())
    assert [(kind, text) for kind, text, _page in of(*[page.text for page in done.pages])] == [
        ("problem", "流动党员联系不上，" * 12 + "请大家出主意。"),
        ("practice", "入户核对。"),
    ]
