"""A bare Django view that inserts one row, and one that only answers."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from townships.models import AuditRow


def insert(request: HttpRequest) -> HttpResponse:
    AuditRow.objects.create(actor_label="bench", action="bench", object_type="row", object_id="1")
    return HttpResponse("ok", status=201)


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("insert", insert), path("empty", empty)]
