"""The hub's settings without its middleware and pages, for the views it is compared with."""

from hub.settings import *  # noqa: F403
from hub.settings import INSTALLED_APPS as ALL_APPS

INSTALLED_APPS = [app for app in ALL_APPS if not app.startswith("allauth")]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.urls"
