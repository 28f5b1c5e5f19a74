from django.apps import AppConfig


class GatewayManualConfig(AppConfig):
    name = "tollbook.gateways.manual"
    label = "gateway_manual"
    default_auto_field = "django.db.models.BigAutoField"
