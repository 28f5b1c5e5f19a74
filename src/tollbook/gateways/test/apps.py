from django.apps import AppConfig


class GatewayTestConfig(AppConfig):
    name = "tollbook.gateways.test"
    label = "gateway_test"
    default_auto_field = "django.db.models.BigAutoField"
