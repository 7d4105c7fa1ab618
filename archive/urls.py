from django.urls import include, path

from . import views, views_follow, views_keep, views_old, views_retention, views_search
from .figures.urls import numbers_patterns
from .minutes.urls import minutes_patterns
from .pack.urls import pack_patterns

archive_patterns = [
    *minutes_patterns,
    *numbers_patterns,
    *pack_patterns,
    path("", views.index, name="index"),
    path("<int:year>/", views.index, name="year"),
    path("<int:year>/overview/", views_follow.overview, name="overview"),
    path("practices/", views_follow.practices, name="practices"),
    path("categories/<uuid:category_id>/", views_follow.category, name="category"),
    path("materials/<uuid:material_id>/", views.deck, name="deck"),
    path("meetings/<uuid:meeting_id>/", views.meeting, name="meeting"),
    path("meetings/<uuid:meeting_id>/correct/", views_keep.correct, name="correct"),
    path("meetings/<uuid:meeting_id>/package.zip", views_keep.package, name="package"),
    path("townships/<uuid:township_id>/", views.township, name="township"),
    path("retention/", views_retention.page, name="retention"),
    path("retention/periods/", views_retention.periods, name="periods"),
    path("retention/<uuid:disposal_id>/", views_retention.decide, name="decide"),
    path("remove/<str:what>/<uuid:object_id>/", views_retention.remove, name="remove"),
    path("old/", views_old.page, name="bring"),
    path("old/begin/", views_old.begin, name="old_begin"),
    path("old/<uuid:import_id>/", views_old.bringing, name="bringing"),
    path("old/<uuid:import_id>/pieces/", views_old.pieces, name="old_pieces"),
    path("old/<uuid:import_id>/confirm/", views_old.confirm, name="old_confirm"),
    path("old/<uuid:import_id>/drop/", views_old.drop, name="old_drop"),
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
    path("search/", views_search.search_page, name="search"),
    path("search/suggest/", views_search.suggest, name="search_suggest"),
]
