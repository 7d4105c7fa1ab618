"""The numbers' addresses, below /archive/."""

from django.urls import path

from . import views

numbers_patterns = [
    path("numbers/", views.year, name="numbers_now"),
    path("numbers/<int:year>/", views.year, name="numbers"),
    path("numbers/<int:year>/<slug:key>.<str:ending>", views.year_file, name="numbers_file"),
    path("meetings/<uuid:meeting_id>/numbers/", views.meeting, name="meeting_numbers"),
    path(
        "meetings/<uuid:meeting_id>/numbers/<slug:key>.<str:ending>",
        views.meeting_file,
        name="meeting_numbers_file",
    ),
]
