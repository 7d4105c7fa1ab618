"""The pack's addresses, below /archive/meetings/<id>/pack/."""

from django.urls import path

from . import views

HERE = "meetings/<uuid:meeting_id>/pack/"

pack_patterns = [
    path(HERE, views.page, name="pack"),
    path(f"{HERE}pack.zip", views.archive_zip, name="pack_zip"),
    path(f"{HERE}digest.pptx", views.digest, name="pack_digest"),
    path(f"{HERE}problems.xlsx", views.problems, name="pack_problems"),
]
