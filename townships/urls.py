"""People, townships, invitations, one's own account."""

from django.urls import path

from . import views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/<uuid:membership_id>/", views.person, name="person"),
    path(
        "people/<uuid:membership_id>/deactivate/", views.deactivate_person, name="deactivate_person"
    ),
    path("townships/", views.add_township, name="add_township"),
    path("townships/<uuid:township_id>/", views.township, name="township"),
    path("county/", views.county, name="county"),
    path("invitations/<str:token>/", views.accept_invitation, name="accept_invitation"),
    path(
        "invitations/<uuid:invitation_id>/renew/", views.renew_invitation, name="renew_invitation"
    ),
    path(
        "invitations/<uuid:invitation_id>/revoke/",
        views.revoke_invitation,
        name="revoke_invitation",
    ),
    path("account/", views.account, name="account"),
    path("account/sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/tokens/<uuid:token_id>/revoke/", views.revoke_token, name="revoke_token"),
]
