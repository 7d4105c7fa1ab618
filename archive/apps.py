from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "archive"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from board.models import Case
        from meetings.signals import meeting_closed
        from uploads import worker
        from uploads.tus.incoming import USED_ELSEWHERE

        from .indexing import catch_up, restate
        from .keeping import check_some, sign_next
        from .minutes.services import draft_next, expect_minutes, print_beside
        from .old_bring import work_some
        from .old_room import pieces_bytes
        from .retention import drop_waiting

        if pieces_bytes not in USED_ELSEWHERE:
            USED_ELSEWHERE.append(pieces_bytes)
        worker.register(catch_up, 1)
        worker.register(sign_next, 2)
        worker.register(check_some, 60)
        worker.register(drop_waiting, 60)
        worker.register(work_some, 3)
        worker.register(draft_next, 1)
        worker.register(print_beside, 5)
        meeting_closed.connect(expect_minutes, dispatch_uid="archive.minutes")

        def case_saved(instance: Case, **_kwargs: object) -> None:
            restate(instance)

        post_save.connect(case_saved, sender=Case, weak=False, dispatch_uid="archive.restate")
