"""Rows of signing in."""

from ..matrix import Row, Thing

SIGNED_IN_ONLY = "200 200 200 200 200 302 302 200"  # guests have no account of their own
SIGNED_OUT_ONLY = "302 302 302 302 302 200 200 302"


THINGS: dict[str, Thing] = {
    "token": lambda world: "wrong-token",
}

ROWS: list[Row] = [
    Row("GET", "/accounts/login/", SIGNED_OUT_ONLY),
    Row("POST", "/accounts/login/", SIGNED_OUT_ONLY),
    Row("GET", "/accounts/signup/", SIGNED_OUT_ONLY),  # "by invitation only"
    Row("POST", "/accounts/signup/", SIGNED_OUT_ONLY),
    Row("GET", "/accounts/logout/", "200 200 200 200 200 302 302 200"),
    Row("POST", "/accounts/logout/", "302"),
    Row("GET", "/accounts/inactive/", "200"),
    Row("GET", "/accounts/reauthenticate/", SIGNED_IN_ONLY),
    Row("POST", "/accounts/reauthenticate/", SIGNED_IN_ONLY),
    Row("GET", "/accounts/password/change/", SIGNED_IN_ONLY),
    Row("POST", "/accounts/password/change/", SIGNED_IN_ONLY),
    Row("GET", "/accounts/password/set/", "302"),  # everybody has a password
    Row("POST", "/accounts/password/set/", "302"),
    Row("GET", "/accounts/password/reset/", "200"),
    Row("POST", "/accounts/password/reset/", "200"),
    Row("GET", "/accounts/password/reset/done/", "200"),
    Row("GET", "/accounts/password/reset/key/1-{token}/", "200"),
    Row("POST", "/accounts/password/reset/key/1-{token}/", "200"),
    Row("GET", "/accounts/password/reset/key/done/", "200"),
    Row("GET", "/accounts/sessions/", SIGNED_IN_ONLY),
    Row("POST", "/accounts/sessions/", "302"),
]
