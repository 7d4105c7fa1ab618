from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "board"

    def ready(self) -> None:
        from . import receivers, receivers_live

        receivers.connect()
        receivers_live.connect()
