"""The month at `/`, and the meetings' addresses with the page of one meeting among them."""

from django.urls import include, path

from meetings import urls as meetings

from . import drafts, home, meeting, notice, readiness

meeting_patterns = [
    path("meetings/<uuid:meeting_id>/", meeting.detail, name="detail"),
    path("meetings/<uuid:meeting_id>/readiness/", readiness.board, name="readiness"),
    path("meetings/<uuid:meeting_id>/readiness/remind/", readiness.remind, name="remind"),
    path("meetings/<uuid:meeting_id>/readiness/deadline/", readiness.deadline, name="deadline"),
    path("materials/<uuid:material_id>/extension/", readiness.extension, name="extension"),
    path("meetings/<uuid:meeting_id>/notice.pdf", notice.notice_pdf, name="notice_pdf"),
    *meetings.urlpatterns,
]

urlpatterns = [
    path("", home.home, name="home"),
    path("materials/<uuid:material_id>/drafts/", drafts.drafts, name="material_drafts"),
    path("", include((meeting_patterns, meetings.app_name))),
]
