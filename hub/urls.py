"""Every address of the hub. Each package brings its own; this page puts them together."""

from django.conf import settings
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

from . import views
from .api import api

urlpatterns = [
    path("", include("hub.pages.urls")),
    path("", include("townships.urls")),
    path("", include("uploads.urls")),
    path("", include("board.urls")),
    path("", include("realtime.urls")),
    path("", include("archive.urls")),
    path("api/v1/", api.urls),
    path("accounts/", include("townships.urls_accounts")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("language/", views.set_language, name="set_language"),
    path("jsi18n/", JavaScriptCatalog.as_view(), name="jsi18n"),
    path("health/", views.health, name="health"),
    path("metrics", views.metrics, name="metrics"),
]

if settings.DEBUG:
    from .views_design import design

    urlpatterns += [path("design/", design, name="design")]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error
