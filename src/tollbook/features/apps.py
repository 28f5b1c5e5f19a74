from django.apps import AppConfig


class FeaturesConfig(AppConfig):
    name = "tollbook.features"
    label = "features"
    default_auto_field = "django.db.models.BigAutoField"
