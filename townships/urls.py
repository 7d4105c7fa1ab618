"""People, townships, invitations, one's own account."""

from django.urls import path

from . import views, views_people

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/import/", views_people.import_people, name="import_people"),
    path("people/import/template.xlsx", views_people.import_template, name="import_template"),
    path("people/import/<uuid:import_id>/", views_people.import_preview, name="import_preview"),
    path(
        "people/import/<uuid:import_id>/refused.xlsx",
        views_people.import_refused,
        name="import_refused",
    ),
    path("people/export.<str:ending>", views_people.export_people, name="export_people"),
    path("people/invitations/", views_people.invitations, name="invitations"),
    path("county/hand-over/", views_people.hand_over, name="hand_over"),
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
