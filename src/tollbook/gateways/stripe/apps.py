from django.apps import AppConfig


class GatewayStripeConfig(AppConfig):
    name = "tollbook.gateways.stripe"
    label = "gateway_stripe"
    default_auto_field = "django.db.models.BigAutoField"
