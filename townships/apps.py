from django.apps import AppConfig


class TownshipsConfig(AppConfig):
    name = "townships"
