"""A real mail server and a robot of a chat group, and the product told to use them."""

from collections.abc import Iterator
from typing import Any

import pytest

from meetings.models import ChatGroup
from tests.meetings.calls import MailServer, Robot
from tests.servers import free_ports


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    """aiosmtpd on a free port; `mail.box` holds what it got."""
    server = MailServer(free_ports(1)[0])
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5
    yield server
    server.stop()


@pytest.fixture
def robot(settings):
    robot = Robot()
    settings.CHAT_HOSTS = [robot.host]
    yield robot
    robot.stop()


@pytest.fixture
def group(robot, county):
    return ChatGroup.objects.create(county=county, name="例会群", address=f"json://{robot.host}/x")
