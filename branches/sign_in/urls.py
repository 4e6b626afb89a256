"""Sign-in and one's own account.

allauth leads its visitors by the names of its own pages; those that exist here carry them. What is not
named here, its sign-up and its mails for lost passwords above all, does not exist.
"""

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as ConfirmByCodeView
from django.contrib.auth.views import LogoutView
from django.urls import path

from branches.sign_in import oidc, views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="account_login"),
    path("sign-in/", views.SignInView.as_view(), name="sign_in"),
    path("sign-in/code/", AuthenticateView.as_view(template_name="mfa/code.html"), name="mfa_authenticate"),
    path("sign-in/sso/", oidc.start, name="single_sign_on"),
    path("sign-in/sso/<slug:provider_id>/", oidc.callback, name="openid_connect_callback"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("account/", views.sessions, name="sessions"),
    path("account/sessions/<int:session_id>/end/", views.end, name="session_end"),
    path("account/sessions/end-others/", views.end_others, name="sessions_end_others"),
    path("account/password/", views.PasswordView.as_view(), name="account_change_password"),
    path("account/second-factor/", views.second_factor, name="mfa_index"),
    path("account/second-factor/set-up/", views.SetUpView.as_view(), name="mfa_activate_totp"),
    path("account/second-factor/remove/", views.RemoveView.as_view(), name="mfa_deactivate_totp"),
    path("account/second-factor/codes/", views.CodesView.as_view(), name="mfa_view_recovery_codes"),
    path(
        "account/second-factor/codes/new/", views.NewCodesView.as_view(), name="mfa_generate_recovery_codes"
    ),
    path("account/confirm/", views.ConfirmView.as_view(), name="account_reauthenticate"),
    path(
        "account/confirm/code/",
        ConfirmByCodeView.as_view(template_name="account/confirm.html"),
        name="mfa_reauthenticate",
    ),
]
