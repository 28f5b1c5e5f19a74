from django.apps import AppConfig


class SourcingConfig(AppConfig):
    name = "tollbook.sourcing"
    label = "sourcing"
    default_auto_field = "django.db.models.BigAutoField"
