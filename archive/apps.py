from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "archive"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from board.models import Case
        from uploads import worker

        from .indexing import catch_up, restate
        from .keeping import check_some, sign_next

        worker.register(catch_up, 1)
        worker.register(sign_next, 2)
        worker.register(check_some, 60)

        def case_saved(instance: Case, **_kwargs: object) -> None:
            restate(instance)

        post_save.connect(case_saved, sender=Case, weak=False, dispatch_uid="archive.restate")
