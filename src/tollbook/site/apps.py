from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tollbook.site"
    label = "site"
