"""The minutes' addresses, below /archive/meetings/<id>/minutes/."""

from django.urls import path

from . import views

HERE = "meetings/<uuid:meeting_id>/minutes/"

minutes_patterns = [
    path(HERE, views.page, name="minutes"),
    path(f"{HERE}state/", views.state, name="minutes_state"),
    path(f"{HERE}approve/", views.approve, name="minutes_approve"),
    path(f"{HERE}minutes.docx", views.docx, name="minutes_docx"),
    path(f"{HERE}minutes.pdf", views.pdf, name="minutes_pdf"),
    path(f"{HERE}settle/<uuid:save_id>/", views.settle, name="minutes_settle"),
    path(f"{HERE}parts/<slug:key>/", views.save, name="minutes_save"),
    path(f"{HERE}parts/<slug:key>/again/", views.again, name="minutes_again"),
    path(f"{HERE}parts/<slug:key>/history/", views.history, name="minutes_history"),
]
