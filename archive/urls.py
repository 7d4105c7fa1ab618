from django.urls import include, path

from . import views, views_keep

archive_patterns = [
    path("", views.index, name="index"),
    path("<int:year>/", views.index, name="year"),
    path("meetings/<uuid:meeting_id>/", views.meeting, name="meeting"),
    path("meetings/<uuid:meeting_id>/correct/", views_keep.correct, name="correct"),
    path("meetings/<uuid:meeting_id>/package.zip", views_keep.package, name="package"),
    path("townships/<uuid:township_id>/", views.township, name="township"),
    path("integrity/", views_keep.integrity, name="integrity"),
    path("integrity/check/", views_keep.check, name="check"),
    path("<int:year>/package.zip", views_keep.package_of_year, name="package_of_year"),
    path(
        "<int:year>/q<int:quarter>/package.zip",
        views_keep.package_of_year,
        name="package_of_quarter",
    ),
]

urlpatterns = [
    path("archive/", include((archive_patterns, "archive"))),
    path("search/", views.search_page, name="search"),
]
