"""The month at `/`, and the meetings' addresses with the page of one meeting among them."""

from django.urls import include, path

from meetings import urls as meetings

from . import home, meeting

meeting_patterns = [
    path("meetings/<uuid:meeting_id>/", meeting.detail, name="detail"),
    *meetings.urlpatterns,
]

urlpatterns = [
    path("", home.home, name="home"),
    path("", include((meeting_patterns, meetings.app_name))),
]
