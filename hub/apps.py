from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "hub"

    def ready(self) -> None:
        from meetings.calendars import post
        from meetings.letters import post as letters
        from meetings.reminders import steps
        from uploads import worker

        from .pages import notice

        worker.register(steps.plan, 30)
        worker.register(steps.send, 5)
        worker.register(post.send, 5)
        worker.register(letters.send, 5)
        worker.register(notice.print_beside, 3)
