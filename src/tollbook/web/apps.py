from django.apps import AppConfig
from django.utils.translation import gettext

from tollbook.kernel.words import read_by
from tollbook.web.words import marks


class WebConfig(AppConfig):
    name = "tollbook.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Rules that know no reader get their words from the pages' catalogue."""
        read_by(gettext, marks)
