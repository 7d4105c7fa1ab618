"""The pages of allauth that are used here.

People come by invitation, their e-mail address stands on their account page, and nobody signs in by
a code: allauth's pages for those are not served.
"""

from allauth.account.urls import urlpatterns as pages

SERVED = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",  # says that people come by invitation
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}

urlpatterns = [page for page in pages if page.name in SERVED]
