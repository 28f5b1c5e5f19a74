"""Addresses of log-in and of a person's own log-in: the library's, and ours beside them. Mounted at /account/."""

from django.urls import include, path

from tollbook.identity import pages

urlpatterns = [
    path("security/", pages.security, name="account_security"),
    path("sessions/", pages.sessions, name="account_sessions"),
    path("sessions/<int:number>/end/", pages.end_session, name="account_end_session"),
    path("sessions/end-others/", pages.end_others, name="account_end_others"),
    # Before the library's own, which does not ask whether the person can be without the key.
    path("2fa/webauthn/keys/<int:pk>/remove/", pages.remove_key, name="mfa_remove_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
    path("", include("allauth.account.urls")),
]
