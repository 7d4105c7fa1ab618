"""Rows of `hub/`."""

from ..matrix import Row, Thing

THINGS: dict[str, Thing] = {}

ROWS: list[Row] = [
    Row("GET", "/", "200 200 200 200 200 302 302 200"),
    Row("GET", "/meetings/{meeting}/", "200 200 200 200 200 404 302 404"),
    Row("GET", "/meetings/{draft_meeting}/", "200 404 404 404 404 404 302 404"),
    Row("GET", "/meetings/{live_meeting}/", "200 200 200 200 200 200 302 404"),
    Row("GET", "/meetings/{closed_meeting}/", "200 200 200 200 200 404 302 404"),
    Row("GET", "/api/v1/openapi.json", "200"),
    Row("GET", "/api/v1/", "404"),
    Row("POST", "/language/", "302"),
    Row("GET", "/jsi18n/", "200"),
    Row("GET", "/health/", "200"),
    Row("GET", "/metrics", "200"),
]
