from django.urls import path

from . import views, views_changes, views_files, views_month

urlpatterns = [
    path(
        "meetings/<uuid:meeting_id>/slots/<uuid:township_id>/<str:kind>/",
        views.material_slot,
        name="material_slot",
    ),
    path(
        "meetings/<uuid:meeting_id>/month-deck/<uuid:township_id>/",
        views_month.month_deck,
        name="month_deck",
    ),
    path("month-deck/", views_month.base_deck, name="base_deck"),
    path("month-deck/original/", views_month.base_original, name="base_original"),
    path("materials/<uuid:material_id>/", views.material, name="material"),
    path("materials/<uuid:material_id>/changes/", views_changes.changes, name="material_changes"),
    path("pages/<uuid:page_id>/image.webp", views_files.page_image, name="page_image"),
    path("pages/<uuid:page_id>/thumb.webp", views_files.page_thumb, name="page_thumb"),
    path("pages/<uuid:page_id>/media/<int:place>", views_files.page_media, name="page_media"),
    path(
        "versions/<uuid:version_id>/original", views_files.version_original, name="version_original"
    ),
    path("versions/<uuid:version_id>/document.pdf", views_files.version_pdf, name="version_pdf"),
]
