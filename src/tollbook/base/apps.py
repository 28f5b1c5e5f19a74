from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "tollbook.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tollbook.base import checks  # noqa: F401  # registers itself; needs the apps to be loaded
