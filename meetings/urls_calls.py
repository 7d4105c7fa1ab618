"""The addresses of reminders and of attendance."""

from django.urls import path

from .views import attendance, calls

MEETING = "meetings/<uuid:meeting_id>"

urlpatterns = [
    path("reminders/", calls.overview, name="calls"),
    path("reminders/plan/", calls.plan_page, name="call_plan"),
    path("reminders/plan/<uuid:series_id>/", calls.plan_page, name="series_call_plan"),
    path("reminders/chats/<uuid:chat_id>/", calls.chat_page, name="chat"),
    path("reminders/chats/<uuid:chat_id>/try/", calls.chat_try, name="chat_try"),
    path("reminders/chats/<uuid:chat_id>/remove/", calls.chat_remove, name="chat_remove"),
    path("account/reminders/", calls.choice, name="reminder_choice"),
    path(f"{MEETING}/attendance/", attendance.sheet_page, name="attendance"),
    path(f"{MEETING}/attendance/print/", attendance.sheet_print, name="attendance_print"),
    path(f"{MEETING}/attendance/sheet.xlsx", attendance.sheet_xlsx, name="attendance_xlsx"),
    path("attendance/", attendance.year_page, name="attendance_year"),
    path("attendance/year.xlsx", attendance.year_xlsx, name="attendance_year_xlsx"),
    path("attendance/<uuid:attendance_id>/undo/", attendance.undo, name="attendance_undo"),
    path("attendance/<uuid:attendance_id>/left/", attendance.left, name="attendance_left"),
    path(f"{MEETING}/check-in/", attendance.check_in_page, name="check_in"),
    path(f"{MEETING}/check-in/screen/", attendance.code_screen, name="check_in_screen"),
    path(f"{MEETING}/check-in/code/", attendance.code_now, name="check_in_code"),
    path(f"{MEETING}/check-in/<str:code>/", attendance.scan, name="scan"),
    path(f"{MEETING}/leave/", attendance.leave_page, name="leave"),
    path("leave/<uuid:leave_id>/answer/", attendance.answer, name="answer_leave"),
]
