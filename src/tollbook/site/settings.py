"""Django settings: discovers what is installed, takes the rest from the environment, decides nothing else."""

import os
import secrets
import sys
from pathlib import Path

from tollbook.base.discovery import extension_apps
from tollbook.base.home import home, trial_marker
from tollbook.base.watching import logs
from tollbook.site.databases import databases

BASE = Path(__file__).resolve().parent.parent
HOME = home()

DEBUG = os.environ.get("TOLLBOOK_DEBUG", "") == "1"
TESTING = "pytest" in sys.modules
# A virtual clock that can be advanced: for demos, trials and tests. Production leaves it off.
TOLLBOOK_TEST_MODE = TESTING or os.environ.get("TOLLBOOK_TEST_MODE", "") == "1" or trial_marker(HOME).exists()


def _secret_key() -> str:
    """The key that signs sessions: from the environment, else made once and kept beside the embedded
    database.
    """
    if given := os.environ.get("TOLLBOOK_SECRET_KEY"):
        return given
    path = HOME / "secret.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"secret.key.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            # The file appears whole or not at all; of two processes that make it at once, the first one's
            # stays.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("TOLLBOOK_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TOLLBOOK_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "heroicons",
    "pgtrigger",
    "procrastinate.contrib.django",
    "tollbook.web",  # before allauth: its log-in pages are found first
    "allauth",
    "allauth.account",
    "tollbook.base",
    "tollbook.identity",
    "tollbook.features",
    "tollbook.api",
    "tollbook.notifications",
    "tollbook.exchange",
    "tollbook.brands",
    "tollbook.customers",
    "tollbook.webhooks",
    "tollbook.mails",
    "tollbook.catalog",
    "tollbook.ledger",
    "tollbook.wallets",
    "tollbook.subscriptions",
    "tollbook.promotions",
    "tollbook.metering",
    "tollbook.charging",
    "tollbook.invoicing",
    "tollbook.payments",
    "tollbook.provisioning",
    "tollbook.orders",
    "tollbook.dunning",
    "tollbook.sourcing",
    "tollbook.simulation",
    *extension_apps(),
    "tollbook.site",
]

MIDDLEWARE = [
    "tollbook.base.watching.middleware.Watched",
    "tollbook.web.middleware.SecurityHeaders",
    "tollbook.site.probes.Probes",  # before the host is checked: who probes asks an address
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "tollbook.site.urls"
WSGI_APPLICATION = "tollbook.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tollbook.site.context.shell",
            ]
        },
    }
]

# Lines for machines, unless people try it out.
TOLLBOOK_LOG = os.environ.get("TOLLBOOK_LOG") or ("text" if DEBUG or TOLLBOOK_TEST_MODE else "json")
LOGGING = logs.config(TOLLBOOK_LOG, os.environ.get("TOLLBOOK_LOG_LEVEL") or "WARNING")

# Who may read /metrics: the holder of a token, or networks ("10.1.0.0/16,::1/128") that reach us without a proxy.
TOLLBOOK_METRICS_TOKEN = os.environ.get("TOLLBOOK_METRICS_TOKEN", "")
TOLLBOOK_METRICS_NETWORKS = os.environ.get("TOLLBOOK_METRICS_NETWORKS", "")

DATABASES = databases(HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "tollbook.site.accounts.Adapter"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
if TESTING:
    # Hashing is meant to be slow; tests that log in hundreds of people are not about hashing.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# No script of ours reads it: the token stands in each form.
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
HTTPS = os.environ.get("TOLLBOOK_HTTPS", "") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS and not DEBUG
if SESSION_COOKIE_SECURE:
    # Browsers take a cookie of such a name from this host over TLS only: no neighbour's host can set it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS and not DEBUG else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("TOLLBOOK_PROXY") == "1" else None
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

EMAIL_BACKEND = os.environ.get("TOLLBOOK_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = os.environ.get("TOLLBOOK_SMTP_HOST", "127.0.0.1")
EMAIL_PORT = int(os.environ.get("TOLLBOOK_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("TOLLBOOK_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TOLLBOOK_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("TOLLBOOK_SMTP_TLS", "") == "1"
EMAIL_TIMEOUT = 20
# Without a server that somebody named, mails are kept and shown as not sent.
EMAIL_IS_SET_UP = bool(os.environ.get("TOLLBOOK_SMTP_HOST") or os.environ.get("TOLLBOOK_EMAIL_BACKEND"))
# Where this installation is found from outside, for links in mails: https://billing.example.
ADDRESS = os.environ.get("TOLLBOOK_ADDRESS", "").rstrip("/")
# host:port of private systems that webhooks may reach; see base.outbound.
OUTBOUND_ALLOW = frozenset(each.strip() for each in os.environ.get("TOLLBOOK_OUTBOUND_ALLOW", "").split(",") if each)

PROCRASTINATE_IMPORT_PATHS = ["tollbook.base.queue"]
PROCRASTINATE_ON_APP_READY = None
# pgtrigger's own command installs triggers by migrations alone.
PGTRIGGER_INSTALL_ON_MIGRATE = False
# An e-mail address is unique whatever its case: identity_user_email_once, which Django does not see.
# Other hosts of the domain are not ours to force to TLS (W005), nor to enter into browsers' lists (W021); frames are
# refused by our own middleware (W002).
SILENCED_SYSTEM_CHECKS = ["auth.W004", "security.W002", "security.W005", "security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
