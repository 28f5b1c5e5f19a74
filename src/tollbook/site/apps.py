from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tollbook.site"
    label = "site"

    def ready(self) -> None:
        """What the library tells of second factors is followed from the start."""
        from tollbook.site.factors import listen

        listen()
