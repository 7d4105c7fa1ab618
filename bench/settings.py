"""The hub's settings without its middleware and pages, for the views it is compared with."""

from hub.settings import *  # noqa: F403

MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.urls"
