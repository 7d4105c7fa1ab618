"""The addresses of meetings; `hub/pages/urls.py` adds the pages that show materials as well."""

from django.urls import path

from . import urls_calls, urls_month
from .views import agenda, editing, lists, series

app_name = "meetings"

urlpatterns = [
    path("meetings/", lists.meeting_list, name="list"),
    path("meetings/new/", editing.create, name="create"),
    path("meetings/<uuid:meeting_id>/edit/", editing.edit, name="edit"),
    path("meetings/<uuid:meeting_id>/announce/", editing.announce, name="announce"),
    path("meetings/<uuid:meeting_id>/open/", editing.open_now, name="open"),
    path("meetings/<uuid:meeting_id>/close/", editing.close, name="close"),
    path("meetings/<uuid:meeting_id>/join-code/", editing.rotate_code, name="rotate_code"),
    path("meetings/<uuid:meeting_id>/discard/", editing.discard, name="discard"),
    path("meetings/<uuid:meeting_id>/agenda/", agenda.editor, name="agenda"),
    path("meetings/<uuid:meeting_id>/agenda/print/", lists.print_agenda, name="print"),
    path("meetings/<uuid:meeting_id>/agenda/several/", agenda.add_several, name="add_several"),
    path("meetings/<uuid:meeting_id>/agenda/take-over/", agenda.take_over, name="take_over"),
    path("agenda/<uuid:item_id>/", agenda.edit_item, name="item"),
    path("agenda/<uuid:item_id>/move/", agenda.move, name="move_item"),
    path("agenda/<uuid:item_id>/remove/", agenda.remove, name="remove_item"),
    path("series/", series.series_list, name="series"),
    path("series/new/", series.create, name="create_series"),
    path("series/<uuid:series_id>/", series.edit, name="edit_series"),
    path("series/<uuid:series_id>/next/", series.make_next, name="make_next"),
    path("series/<uuid:series_id>/pause/", series.pause, name="pause_series"),
    *urls_calls.urlpatterns,
    *urls_month.urlpatterns,
]
