from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "uploads"

    def ready(self) -> None:
        from . import claims, tasks, worker
        from .tus import steps

        worker.register(claims.clear_leftovers, 5)
        worker.register(tasks.fail_exhausted, 5)
        worker.register(steps.finish_whole, 5)
        worker.register(steps.clear_expired, 300)
