"""What the web server runs."""

import os

from django.core.wsgi import get_wsgi_application

from tollbook.base import watching

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollbook.site.settings")
application = get_wsgi_application()
watching.start()

# Routes are loaded now: a page or an API operation without a policy must not start.
import tollbook.site.urls  # noqa: E402, F401
