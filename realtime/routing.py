"""The websocket addresses."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from .consumers import deny, live

websocket_urlpatterns = [
    path("ws/meetings/<uuid:meeting_id>/", live, name="live"),  # type: ignore[arg-type]
    re_path("", deny),  # type: ignore[arg-type]
]


def websocket_application() -> Any:
    return URLRouter(websocket_urlpatterns)
