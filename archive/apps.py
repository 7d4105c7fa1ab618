from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "archive"

    def ready(self) -> None:
        from uploads import worker

        from .indexing import catch_up

        worker.register(catch_up, 1)
