"""Rows of `archive/`."""

from typing import Any
from zoneinfo import ZoneInfo

from ..matrix import Row, Thing, World


def held(world: World) -> Any:
    """When the closed meeting was held, in the county's time."""
    return world.closed_meeting.starts_at.astimezone(ZoneInfo("Asia/Shanghai"))


THINGS: dict[str, Thing] = {
    "year": lambda world: held(world).year,
    "quarter": lambda world: (held(world).month + 2) // 3,
}

ROWS: list[Row] = [
    Row("GET", "/archive/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/archive/1999/", "404 404 404 404 404 403 302 404"),
    Row("GET", "/archive/meetings/{closed_meeting}/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/archive/townships/{township}/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/search/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/api/v1/search", "200 200 200 200 200 403 401 200"),
    Row("GET", "/archive/integrity/", "200 403 403 403 200 403 302 200"),
    Row("POST", "/archive/integrity/check/", "302 403 403 403 302 403 401 302"),
    Row("GET", "/archive/meetings/{closed_meeting}/correct/", "403 403 403 403 200 403 302 404"),
    Row("POST", "/archive/meetings/{closed_meeting}/correct/", "403 403 403 403 200 403 401 404"),
    Row("GET", "/archive/meetings/{closed_meeting}/package.zip", "403 403 403 403 200 403 302 404"),
    Row("GET", "/archive/{year}/package.zip", "403 403 403 403 200 403 302 403"),
    Row("GET", "/archive/{year}/q{quarter}/package.zip", "403 403 403 403 200 403 302 403"),
    Row(
        "GET",
        "/api/v1/meetings/{live_meeting}/similar?q=名册太旧了",
        "200 200 200 200 200 200 401 404",
    ),
]
