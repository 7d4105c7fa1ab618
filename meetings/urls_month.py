"""The addresses of the month's plan: calendars, single days of a series, the roster, the notice."""

from django.urls import path

from .views import calendars, days, month, notice, roster

MEETING = "meetings/<uuid:meeting_id>"
SERIES = "series/<uuid:series_id>"

urlpatterns = [
    path("meetings/month/", month.month_page, name="month"),
    path(f"{MEETING}/call-off/", notice.call_off, name="call_off"),
    path(f"{MEETING}/notice/", notice.notice_page, name="notice"),
    path(f"{MEETING}/notice/renew/", notice.renew, name="renew_notice"),
    path(f"{MEETING}/notice.docx", notice.notice_docx, name="notice_docx"),
    path(f"{MEETING}/invitation.ics", calendars.invitation, name="invitation"),
    path(f"{SERIES}/days/", days.days_page, name="series_days"),
    path(f"{SERIES}/roster/", roster.roster_page, name="roster"),
    path(f"{SERIES}/roster/turns/", roster.turns, name="turns"),
    path(f"{SERIES}/roster/swap/", roster.ask, name="ask_swap"),
    path("swaps/<uuid:swap_id>/answer/", roster.answer, name="answer_swap"),
    path("swaps/<uuid:swap_id>/withdraw/", roster.withdraw, name="withdraw_swap"),
    path("calendar/", calendars.calendar_page, name="calendar"),
    path("calendar/<str:secret>.ics", calendars.feed, name="feed"),
]
