"""The ASGI application: HTTP by Django, `/ws/` by the live room.

Every ASGI server can run it (`daphne asgi:application`); `realtime.server` is daphne with the
room's fast path.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter  # noqa: E402 - needs the app registry

from hub.handler import Handler  # noqa: E402
from realtime import collecting  # noqa: E402
from realtime.routing import websocket_application  # noqa: E402

application = ProtocolTypeRouter({"http": Handler(), "websocket": websocket_application()})
collecting.begin()
