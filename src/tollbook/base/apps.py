from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BaseConfig(AppConfig):
    name = "tollbook.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tollbook.base import (
            checks,  # noqa: F401  # registers itself; needs the apps to be loaded
            walls,
        )

        post_migrate.connect(walls.build_after_migrations, dispatch_uid="tollbook.walls")
