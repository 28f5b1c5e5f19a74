from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate


class MeteringConfig(AppConfig):
    name = "tollbook.metering"
    label = "metering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The one signal that Django has for "the tables are there now".
        post_migrate.connect(_sync, sender=self, dispatch_uid="metering.sync")


def _sync(sender: AppConfig, **kwargs: Any) -> None:
    from tollbook.metering.sync import sync_meters  # models are not loaded yet when this module is

    # A migration back to nothing ends here too.
    if "metering_meter" in connection.introspection.table_names():
        sync_meters()
