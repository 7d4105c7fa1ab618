"""Rows of `townships/`."""

import secrets
from typing import Any

from townships import services
from townships.actors import system_actor
from townships.models import ApiToken, Membership, Role
from townships.people_import import bring_people

from ..matrix import ORGANISERS_PAGE, ORGANISERS_POST, Row, Thing, World

INVITED = {"name": "新人", "role": "observer"}
COUNTY = {"name": "改名县", "time_zone": "Asia/Shanghai", "language": "zh-hans"}


def membership(world: World) -> Any:
    """The member's."""
    return Membership.objects.get(pk=world.actors["member"].membership_id)


def invitation(world: World) -> Any:
    return services.invite(actor=system_actor(world.county.pk), name="受邀者", role=Role.OBSERVER)[
        0
    ]


def api_token(world: World) -> Any:
    """A token of the member's own."""
    return ApiToken.objects.create(
        membership=membership(world), token_hash=secrets.token_hex(16), label="自动化"
    )


def people_import(world: World) -> Any:
    """A list the organiser has brought, not carried out yet."""
    return bring_people(
        actor=world.actors["organiser"],
        filename="名单.csv",
        data="姓名,角色,用户名\n新来的,列席,xinlaide\n".encode(),
    )


PEOPLE_FILE = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    b"name,role\nSomebody,observer\r\n--x--\r\n"
)


THINGS: dict[str, Thing] = {
    "import": people_import,
    "township": lambda world: world.township,
    "membership": membership,
    "invitation": invitation,
    "api_token": api_token,
}

ROWS: list[Row] = [
    Row("GET", "/people/", ORGANISERS_PAGE),
    Row("POST", "/people/", "302 403 403 403 403 403 401 302", body=INVITED),
    Row("GET", "/people/import/", ORGANISERS_PAGE),
    Row(
        "POST",
        "/people/import/",
        "302 403 403 403 403 403 401 302",
        body=PEOPLE_FILE,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    ),
    Row("GET", "/people/import/template.xlsx", ORGANISERS_PAGE),
    Row("GET", "/people/import/{import}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/people/import/{import}/", ORGANISERS_POST, body={"digest": "x"}),
    Row("GET", "/people/import/{import}/refused.xlsx", "200 403 403 403 403 403 302 404"),
    Row("GET", "/people/export.xlsx", ORGANISERS_PAGE),
    Row("GET", "/people/export.csv", ORGANISERS_PAGE),
    Row("GET", "/people/invitations/", ORGANISERS_PAGE),
    Row("POST", "/people/invitations/", "302 403 403 403 403 403 401 302", body={"do": "mail"}),
    Row("GET", "/county/hand-over/", ORGANISERS_PAGE),
    Row("POST", "/county/hand-over/", "400 403 403 403 403 403 401 400", body={"then": "leaves"}),
    Row("GET", "/people/{membership}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/people/{membership}/", ORGANISERS_POST, body={"role": "observer"}),
    Row("POST", "/people/{membership}/deactivate/", ORGANISERS_POST),
    Row("POST", "/townships/", "302 403 403 403 403 403 401 302", body={"name": "新设镇"}),
    Row("GET", "/townships/{township}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/townships/{township}/", ORGANISERS_POST, body={"name": "更名镇"}),
    Row("GET", "/county/", ORGANISERS_PAGE),
    Row("POST", "/county/", "302 403 403 403 403 403 401 302", body=COUNTY),
    Row("GET", "/invitations/{token}/", "404"),
    Row("POST", "/invitations/{token}/", "404"),
    Row("POST", "/invitations/{invitation}/renew/", ORGANISERS_POST),
    Row("POST", "/invitations/{invitation}/revoke/", ORGANISERS_POST),
    Row("GET", "/account/", "200 200 200 200 200 404 302 200"),
    Row("POST", "/account/", "302 302 302 302 302 404 401 302", body={"name": "改名"}),
    Row("POST", "/account/sign-out-everywhere/", "302 302 302 302 302 404 401 302"),
    Row("POST", "/account/tokens/{api_token}/revoke/", "302 302 403 403 403 403 401 404"),
]
