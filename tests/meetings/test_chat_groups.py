"""Chat groups: known services only, secrets kept, every answer of a robot understood."""

import json

import apprise.plugins.dingtalk
import apprise.plugins.feishu
import apprise.plugins.wecombot
import pytest
from django.utils import timezone

from meetings.models import ChatGroup, Reminder
from meetings.reminders import chat, outbox
from meetings.reminders.planning import plan_due
from meetings.reminders.ways import NotDelivered, Unconfirmed
from meetings.services import calls
from tests.meetings.calls import called, plan_of
from tests.people import client_of, make_item
from townships.models import AuditRow
from townships.problems import NotAllowed, NotFound

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
WECOM = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


@pytest.fixture
def meeting(county, member, other_member, townships):
    import datetime as dt

    meeting = called(county, due_in=dt.timedelta(days=1))
    for town in townships[:2]:
        make_item(meeting, town)
    plan_of(county, 2 * 1440, by_mail=False)
    return meeting


def send(address, hand=lambda: None):
    chat.deliver(address, "标题", "正文", hand)


@pytest.mark.parametrize(
    ("address", "service"),
    [
        (WECOM, "WeCom 企业微信"),
        (f"wecombot://{KEY}", "WeCom 企业微信"),
        ("https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32, "DingTalk 钉钉"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/aa-bb-cc", "Feishu 飞书"),
        ("https://open.larksuite.com/open-apis/bot/v2/hook/aa-bb-cc", "Lark"),
        ("https://ntfy.sh/a-secret-topic", "ntfy"),
        ("ntfys://a-secret-topic", "ntfy"),
    ],
)
def test_what_chat_programs_show_can_be_pasted(organiser, address, service):
    made = calls.add_chat(actor=organiser, name="例会群", address=f" {address} ")
    assert chat.service_name(made.address) == service


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://127.0.0.1:8000/admin/",
        "http://169.254.169.254/latest/meta-data/",
        "json://127.0.0.1:5432/",
        "json://localhost",
        "jsons://intern.example.invalid/hook",
        "ntfy://127.0.0.1:6379/topic",
        "file:///etc/passwd",
        "mailto://a:b@example.invalid",
        "syslog://localhost",
        "dbus://",
        "https://qyapi.weixin.qq.com.evil.invalid/cgi-bin/webhook/send?key=" + KEY,
        "https://evil.invalid/https://open.feishu.cn/open-apis/bot/v2/hook/a",
        "wecombot://" + "a" * 600,
        "ntfys://話題",
        "ntfys://a topic",
        "ntfys://a\nb",
        "slack://x",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
    ],
)
def test_every_other_address_is_refused(organiser, address):
    with pytest.raises(chat.UnknownService) as caught:
        calls.add_chat(actor=organiser, name="群", address=address)
    assert "address" in caught.value.fields
    assert not ChatGroup.objects.exists()


def test_a_robots_message_arrives(robot, group):
    send(group.address)
    ((path, body),) = robot.got
    assert path == "/x"
    assert json.loads(body)["message"] == "正文"


@pytest.mark.parametrize(
    ("plugin", "name", "address", "text"),
    [
        (apprise.plugins.wecombot.NotifyWeComBot, "notify_url", WECOM, ("text", "content")),
        (
            apprise.plugins.dingtalk.NotifyDingTalk,
            "notify_url",
            "dingtalk://" + "a1" * 32,
            ("text", "content"),
        ),
        (
            apprise.plugins.feishu.NotifyFeishu,
            "notify_url",
            "feishu://abc-def",
            ("content", "text"),
        ),
    ],
)
def test_the_robots_of_the_country_get_what_they_expect(
    robot, monkeypatch, plugin, name, address, text
):
    """Their own hosts are played by ours; what is sent is apprise's."""
    monkeypatch.setattr(plugin, name, f"http://{robot.host}/hook")
    send(address)
    found = json.loads(robot.got[0][1])
    for part in text:
        found = found[part]
    assert "正文" in found


@pytest.mark.parametrize(
    ("status", "answer", "final"),
    [
        (200, {"errcode": 93000, "errmsg": "invalid webhook url"}, False),  # WeCom, DingTalk
        (200, {"code": 19001, "msg": "param invalid"}, False),  # Feishu
        (500, {}, False),
        (429, {}, False),
        (404, {}, True),
        (403, {}, True),
        (302, {}, False),
    ],
)
def test_a_robot_that_complains_did_not_deliver(robot, group, status, answer, final):
    robot.answers = [(status, answer)]
    with pytest.raises(NotDelivered) as caught:
        send(group.address)
    assert caught.value.final is final
    assert len(robot.got) == 1


def test_a_redirect_is_not_followed(robot, group):
    """It could lead into the machine room."""
    robot.moved = f"http://{robot.host}/elsewhere"
    robot.answers = [(307, {})]
    with pytest.raises(NotDelivered):
        send(group.address)
    assert [path for path, _body in robot.got] == ["/x"]


def test_a_robot_that_does_not_answer_is_not_asked_twice(robot, group, monkeypatch):
    monkeypatch.setattr(chat, "TIMEOUT", (1.0, 0.3))
    robot.slow = 1.0
    with pytest.raises(Unconfirmed):
        send(f"{group.address}?retry=3")
    assert len(robot.got) == 1


def test_a_host_that_cannot_be_reached_did_not_get_it(settings):
    settings.CHAT_HOSTS = ["127.0.0.1:9"]
    with pytest.raises(NotDelivered) as caught:
        send("json://127.0.0.1:9/x")
    assert not caught.value.final


def test_an_address_that_is_no_longer_allowed_is_not_written_to(robot, group, settings):
    settings.CHAT_HOSTS = []
    with pytest.raises(NotDelivered) as caught:
        send(group.address)
    assert caught.value.final
    assert robot.got == []


def test_other_methods_and_unchecked_certificates_are_not_taken_over(robot, group):
    with pytest.raises(NotDelivered):
        send(f"{group.address}?method=GET")
    send(f"{group.address}?verify=no&redirect=yes")
    assert len(robot.got) == 1


def test_a_group_gets_one_list_of_all_who_owe(robot, group, meeting):
    plan_due()
    assert outbox.send_waiting() == 1
    assert outbox.send_waiting() == 0
    ((_path, body),) = robot.got
    text = json.loads(body)["message"]
    assert "青石镇" in text
    assert "白沙乡" in text
    assert "柳溪镇" not in text
    assert Reminder.objects.get().state == "sent"


def test_a_complaint_is_kept_and_tried_again_later(robot, group, meeting):
    robot.answers = [(200, {"errcode": 45009, "errmsg": "api freq out of limit"})]
    plan_due()
    outbox.send_waiting()
    row = Reminder.objects.get()
    assert (row.state, row.error) == ("waiting", "the robot answered 45009 api freq out of limit")
    Reminder.objects.update(not_before=timezone.now())
    assert outbox.send_waiting() == 1
    assert len(robot.got) == 2


def test_a_long_list_fits_into_a_robots_message():
    from meetings.models import Meeting
    from meetings.reminders.texts import Missing, chat_text
    from townships.models import County

    now = timezone.now()
    meeting = Meeting(title="例会", starts_at=now, county=County(name="云岭县"))
    missing = [
        Missing(f"第{number}号名字很长的乡镇", (("deck", now), ("manuscript", now)))
        for number in range(60)
    ]
    text = chat_text(meeting=meeting, missing=missing, language="zh-hans").body
    assert len(text.encode()) < 2000
    assert "60" not in text.splitlines()[1]


def test_the_address_is_never_shown_again(organiser):
    made = calls.add_chat(actor=organiser, name="例会群", address=WECOM)
    client = client_of(organiser)
    for path in ("/reminders/", f"/reminders/chats/{made.pk}/"):
        page = client.get(path)
        assert page.status_code == 200
        assert KEY not in page.content.decode()
    posted = client.post("/reminders/", {"name": "", "address": WECOM, "language": "en"})
    assert posted.status_code == 400
    assert KEY not in posted.content.decode()
    assert KEY not in str(list(AuditRow.objects.values_list("detail", flat=True)))


def test_an_empty_address_keeps_the_one_there_is(organiser):
    made = calls.add_chat(actor=organiser, name="例会群", address=WECOM)
    calls.change_chat(actor=organiser, chat_id=made.pk, name="新名", active=False)
    made.refresh_from_db()
    assert (made.name, made.address, made.active) == ("新名", WECOM, False)


def test_a_test_message_says_what_the_robot_says(organiser, robot, group):
    calls.try_chat(actor=organiser, chat_id=group.pk)
    robot.answers = [(200, {"errcode": 93000, "errmsg": "invalid webhook url"})]
    with pytest.raises(calls.ChatFailed) as caught:
        calls.try_chat(actor=organiser, chat_id=group.pk)
    assert "93000 invalid webhook url" in caught.value.detail


def test_only_the_countys_organiser(member, observer, archivist, foreign_organiser, group):
    for actor in (member, observer, archivist):
        with pytest.raises(NotAllowed):
            calls.add_chat(actor=actor, name="群", address=WECOM)
    for service in (calls.try_chat, calls.remove_chat, calls.change_chat):
        with pytest.raises(NotFound):
            service(actor=foreign_organiser, chat_id=group.pk)
