"""Chat groups through apprise, with a guard on every address and a look at every answer.

apprise knows the services' formats; it takes every 200 for a success, although the robots of WeCom,
DingTalk and Feishu answer errors with 200 and a code, and it tells an unreachable host and a lost
answer alike. So its plugins are given a `requests` of ours while they send: it refuses every host
that is not the service's own (or allowed by the operator), follows no redirects, and reads the
answer.
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import apprise
import requests
from apprise.plugins.base import NotifyBase
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from townships.problems import Invalid

from .ways import Hand, NotDelivered, Unconfirmed

# Services by apprise's own scheme, with the hosts they talk to. None: a host of the operator's.
SERVICES: dict[str, tuple[str, frozenset[str] | None]] = {
    "wecombot": ("WeCom 企业微信", frozenset({"qyapi.weixin.qq.com"})),
    "dingtalk": ("DingTalk 钉钉", frozenset({"oapi.dingtalk.com"})),
    "feishu": ("Feishu 飞书", frozenset({"open.feishu.cn"})),
    "lark": ("Lark", frozenset({"open.larksuite.com"})),
    "slack": ("Slack", frozenset({"hooks.slack.com", "slack.com"})),
    "ntfy": ("ntfy", frozenset({"ntfy.sh"})),
    "ntfys": ("ntfy", frozenset({"ntfy.sh"})),
    "json": ("JSON", frozenset()),
    "jsons": ("JSON", frozenset()),
}
TIMEOUT = (5.0, 15.0)  # seconds to connect, to answer
MOST_ANSWER = 64 * 1024
_one_at_a_time = threading.Lock()


class UnknownService(Invalid):
    code = "unknown_chat_service"
    title = _("This address cannot be used")
    sentence = _(
        "Paste the robot's address as the chat program shows it (WeCom, DingTalk, Feishu, Lark, "
        "Slack, ntfy). An address on a server of your own must first be allowed by whoever runs "
        "this installation."
    )


class Refused(NotDelivered):
    """The guard stopped it: the address leads where nothing may be sent."""


def native(address: str) -> str:
    """What a chat program shows, as apprise writes it; other addresses unchanged."""
    parts = urlsplit(address)
    host, query = (parts.hostname or "").lower(), parts.query
    if host == "oapi.dingtalk.com" and parts.path.rstrip("/") == "/robot/send":
        for pair in query.split("&"):
            name, _sep, value = pair.partition("=")
            if name == "access_token" and value:
                return f"dingtalk://{value}"
    start = "/open-apis/bot/v2/hook/"
    if host == "open.feishu.cn" and parts.path.startswith(start):
        return f"feishu://{parts.path.removeprefix(start).strip('/')}"
    if host == "ntfy.sh" and parts.path.strip("/"):
        return f"ntfys://{parts.path.strip('/')}"
    return address


def robot_of(address: str) -> NotifyBase:
    """The robot behind an address. Raises `UnknownService` unless it is of a service we know and
    leads to that service's own host, or to one in CHAT_HOSTS."""
    wrong = UnknownService(fields={"address": UnknownService.sentence})
    address = native(address.strip())
    if not address.isascii() or any(char.isspace() for char in address) or len(address) > 500:
        raise wrong
    asset = apprise.AppriseAsset(
        app_id="Lihui", app_desc="Lihui", http_redirects=False, plugin_paths=[], secure_logging=True
    )
    try:
        robot = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    except Exception as error:
        raise wrong from error
    if not isinstance(robot, NotifyBase) or scheme_of(robot) not in SERVICES:
        raise wrong
    host = own_host(robot)
    if host and host not in allowed_hosts(scheme_of(robot)):
        raise wrong
    return robot


def scheme_of(robot: NotifyBase) -> str:
    return robot.url(privacy=True).split("://", 1)[0].lower()


def own_host(robot: NotifyBase) -> str:
    """The host and port an address names itself; "" for services with one host for everybody."""
    name = scheme_of(robot)
    if name in ("json", "jsons") or getattr(robot, "mode", "") == "private":
        port = f":{robot.port}" if robot.port else ""
        return f"{robot.host}{port}".lower()
    return ""


def allowed_hosts(scheme: str) -> frozenset[str]:
    """The hosts a service may be reached at: its own and those of the operator."""
    _name, hosts = SERVICES[scheme]
    return (hosts or frozenset()) | {host.lower() for host in settings.CHAT_HOSTS}


def service_name(address: str) -> str:
    """The service of a stored address in words; never the address."""
    scheme = native(address).split("://", 1)[0].lower()
    if scheme == "https":
        host = urlsplit(address).hostname or ""
        return next((name for name, hosts in SERVICES.values() if host in (hosts or ())), "")
    return SERVICES.get(scheme, ("", None))[0]


class Guarded:
    """Stands in for `requests` inside one plugin while one message goes out."""

    def __init__(self, hosts: frozenset[str], hand: Hand) -> None:
        self.hosts = hosts
        self.hand = hand
        self.problem: Exception | None = None
        self.posted = False

    def __getattr__(self, name: str) -> Any:
        if name in ("get", "put", "patch", "delete", "head", "Session", "session"):
            raise Refused(f"requests.{name} is not used", final=True)
        return getattr(requests, name)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """As `post`; other methods are not used."""
        if method.upper() != "POST":
            raise Refused(f"{method} is not used", final=True)
        return self.post(url, **options)

    def post(self, url: str, **options: Any) -> requests.Response:
        """One POST to a host that is allowed; keeps what went wrong for `send`."""
        try:
            return self._post(url, options)
        except Exception as error:
            self.problem = self.problem or error
            raise requests.RequestException("see problem") from error

    def _post(self, url: str, options: dict[str, Any]) -> requests.Response:
        parts = urlsplit(url)
        place = (parts.hostname or "").lower() + (f":{parts.port}" if parts.port else "")
        if parts.scheme not in ("http", "https") or place not in self.hosts:
            raise Refused(f"{place or url[:40]} is not an allowed host", final=True)
        if self.posted:
            raise Refused("one message is one request", final=True)
        self.posted = True
        options |= {"allow_redirects": False, "timeout": TIMEOUT, "verify": True, "stream": True}
        self.hand()
        try:
            with requests.post(url, **options) as answer:  # noqa: S113 - in the options
                body = answer.raw.read(MOST_ANSWER, decode_content=True)
        except requests.ConnectTimeout as error:
            raise NotDelivered("the chat service cannot be reached") from error
        except requests.ConnectionError as error:
            if never_connected(error):
                raise NotDelivered("the chat service cannot be reached") from error
            raise Unconfirmed("the chat service did not answer") from error
        except (requests.RequestException, OSError) as error:
            raise Unconfirmed("the chat service did not answer") from error
        answer._content = body
        self.problem = complaint(answer.status_code, body)
        return answer


def never_connected(error: BaseException) -> bool:
    """Whether the connection was never made, so that nothing can have arrived."""
    seen: BaseException | None = error
    while seen is not None:
        reason = getattr(seen, "reason", None) or next(
            (arg for arg in seen.args if isinstance(arg, BaseException)), None
        )
        name = type(seen).__name__
        if name in ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError"):
            return True
        seen = reason if isinstance(reason, BaseException) else None
    return False


def complaint(status: int, body: bytes) -> NotDelivered | None:
    """What a robot has against a message, or None: a status, or a code in an answer with 200."""
    if not 200 <= status < 300:
        final = 400 <= status < 500 and status not in (408, 425, 429)
        return NotDelivered(f"the robot answered {status}", final=final)
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    for name in ("errcode", "code", "StatusCode"):
        code = data.get(name, 0)
        if isinstance(code, int) and code != 0 and not (name == "code" and 200 <= code < 300):
            said = str(data.get("errmsg") or data.get("msg") or data.get("message") or "")
            return NotDelivered(f"the robot answered {code} {said}".strip())
    return None


@contextmanager
def guarded(robot: NotifyBase, guard: Guarded) -> Iterator[None]:
    """Give the robot's plugin the guarded `requests` for one message."""
    modules = [
        module
        for kind in type(robot).__mro__
        if (module := sys.modules.get(kind.__module__)) and hasattr(module, "requests")
    ]
    with _one_at_a_time:
        try:
            for module in modules:
                module.requests = guard  # type: ignore[attr-defined]
            yield
        finally:
            for module in modules:
                module.requests = requests  # type: ignore[attr-defined]


def deliver(address: str, subject: str, body: str, hand: Hand) -> None:
    """Send a message to a chat group. Raises `NotDelivered`, `Unconfirmed`, `Lost`."""
    try:
        robot = robot_of(address)
    except UnknownService as error:
        raise NotDelivered("the address is not of a known service", final=True) from error
    guard = Guarded(allowed_hosts(scheme_of(robot)), hand)
    with guarded(robot, guard):
        done = robot.notify(body=body, title="", notify_type=apprise.NotifyType.INFO)
    if guard.problem is not None:
        raise guard.problem
    if not done:
        raise NotDelivered("the chat service did not take the message")
