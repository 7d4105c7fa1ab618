from django.urls import path

from . import views

urlpatterns = [
    path("meetings/<uuid:meeting_id>/room/", views.room, name="room"),
    path("meetings/<uuid:meeting_id>/cockpit/", views.cockpit, name="cockpit"),
    path("meetings/<uuid:meeting_id>/projector/", views.projector, name="projector"),
    path("meetings/<uuid:meeting_id>/join.svg", views.join_picture, name="join_picture"),
    path("screen/", views.screen, name="screen"),
    path("screen/<str:key>/", views.screen, name="screen_key"),
    path("join/", views.join, name="join"),
    path("join/<str:code>/", views.join, name="join_code"),
]
