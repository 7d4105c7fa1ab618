"""Bare Django views: one inserts a row, one only answers, one renders an empty template."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from townships.models import AuditRow


def insert(request: HttpRequest) -> HttpResponse:
    AuditRow.objects.create(actor_label="bench", action="bench", object_type="row", object_id="1")
    return HttpResponse("ok", status=201)


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def template(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string("").render({}, request))


urlpatterns = [path("insert", insert), path("empty", empty), path("template", template)]
