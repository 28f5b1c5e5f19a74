from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "tollbook.promotions"
    label = "promotions"
    default_auto_field = "django.db.models.BigAutoField"
