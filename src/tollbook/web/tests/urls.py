"""The style page and the log-in pages alone."""

from django.urls import include, path

from tollbook.web import style

urlpatterns = [
    path("style/<str:portal>/", style.page),
    path("account/", include("tollbook.identity.urls")),
]
