from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "uploads"

    def ready(self) -> None:
        from django.db.models.signals import pre_delete

        from meetings import expected

        from . import claims, cleaning, endings, queries, worker
        from .tus import steps

        pre_delete.connect(
            cleaning.forget_files, sender="meetings.Meeting", dispatch_uid="uploads.forget_files"
        )
        expected.register(queries.given)
        worker.register(claims.clear_leftovers, 5)
        worker.register(endings.fail_exhausted, 5)
        worker.register(steps.finish_whole, 5)
        worker.register(steps.clear_expired, 300)
        worker.register(cleaning.clear_unknown_files, 6 * 3600)
