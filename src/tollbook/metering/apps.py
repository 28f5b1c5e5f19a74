from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "tollbook.metering"
    label = "metering"
    default_auto_field = "django.db.models.BigAutoField"
