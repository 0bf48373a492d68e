"""Sign-in and account pages: those of django-allauth that this workspace uses, and no others."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from admin_config.invitations.views import accept
from admin_config.sign_in import views as sign_in
from admin_config.sign_in.passwords import by_password

urlpatterns = [
    path("login/", sign_in.LoginView.as_view(), name="account_login"),
    path("salesforce/login/", sign_in.salesforce, name="salesforce_login"),
    path("salesforce/login/callback/", sign_in.salesforce_callback, name="salesforce_callback"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", by_password(account.password_change), name="account_change_password"),
    path("password/reset/", by_password(account.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        by_password(account.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        by_password(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        by_password(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("invitation/<str:secret>/", accept, name="account_invitation"),
    path("2fa/", mfa.index, name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
]
