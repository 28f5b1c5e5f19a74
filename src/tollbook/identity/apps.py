from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "tollbook.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Django tells of log-ins by a signal alone; the session is not saved yet then."""
        from django.contrib.auth.signals import user_logged_in

        from tollbook.identity.sessions import begin

        user_logged_in.connect(begin, dispatch_uid="tollbook.identity.sessions.begin")
