from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "archive"

    def ready(self) -> None:
        from uploads import worker

        from .indexing import catch_up
        from .keeping import check_some, sign_next

        worker.register(catch_up, 1)
        worker.register(sign_next, 2)
        worker.register(check_some, 60)
