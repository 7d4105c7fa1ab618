"""The ASGI application: HTTP by Django, `/ws/` by the live room.

Every ASGI server can run it (`daphne asgi:application`); `realtime.server` is daphne with the
room's fast path.
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402 - needs the app registry

from realtime.routing import websocket_application  # noqa: E402

application = ProtocolTypeRouter({"http": django_application, "websocket": websocket_application()})
