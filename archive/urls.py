from django.urls import include, path

from . import views

archive_patterns = [
    path("", views.index, name="index"),
    path("<int:year>/", views.index, name="year"),
    path("meetings/<uuid:meeting_id>/", views.meeting, name="meeting"),
    path("townships/<uuid:township_id>/", views.township, name="township"),
]

urlpatterns = [
    path("archive/", include((archive_patterns, "archive"))),
    path("search/", views.search_page, name="search"),
]
