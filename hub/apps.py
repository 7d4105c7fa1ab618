from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "hub"

    def ready(self) -> None:
        from meetings.calendars import post
        from meetings.reminders import steps
        from uploads import worker

        worker.register(steps.plan, 30)
        worker.register(steps.send, 5)
        worker.register(post.send, 5)
