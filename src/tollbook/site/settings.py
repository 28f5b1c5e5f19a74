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
    "django.contrib.humanize",  # asked for by allauth's pages
    "heroicons",
    "pgtrigger",
    "procrastinate.contrib.django",
    "tollbook.web",  # before allauth: its log-in pages are found first
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
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
    "tollbook.reports",
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
    "tollbook.site.languages.Languages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tollbook.identity.sessions.SessionLimits",
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
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "tollbook.identity.passwords.LongEnough"},
    {"NAME": "tollbook.identity.passwords.NotGuessable"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
# Argon2id with 100 MiB and 2 passes; the other one is only there to read what older installations stored.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    # Hashing is meant to be slow; tests that log in hundreds of people are not about hashing.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Staff need a second factor. A trial, whose money is play money, goes without, and says so on every staff page.
TOLLBOOK_STAFF_FACTOR = not TOLLBOOK_TEST_MODE or os.environ.get("TOLLBOOK_STAFF_FACTOR", "") == "1"

ACCOUNT_ADAPTER = "tollbook.site.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 3
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Of a password or a factor that is asked for again before an act that matters.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_RATE_LIMITS = {
    # Also codes of second factors, counted by account. One account that is tried out shuts nobody else out; an address
    # that tries many accounts shuts itself out.
    "login_failed": "20/15m/ip,5/15m/key",
    "reset_password": "20/h/ip,3/h/key",
    "signup": "20/h/ip",
    "change_password": "5/15m/user",
    "reauthenticate": "5/15m/user",
}
ACCOUNT_FORMS = {
    "confirm_email_verification_code": "tollbook.customers.sign_up_form.ProofForm",
    "signup": "tollbook.customers.sign_up_form.SignUpForm",
    "reset_password": "tollbook.customers.sign_up_form.ForgottenPasswordForm",
}
MFA_ADAPTER = "tollbook.site.factors.Factors"
MFA_FORMS = {
    "authenticate": "tollbook.site.factors.CodeForm",
    "reauthenticate": "tollbook.site.factors.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A code counts in the half minute before and after its own as well: clocks of telephones differ.
MFA_TOTP_TOLERANCE = 1
# Browsers take http://localhost for safe; everything else is served with https.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = TOLLBOOK_TEST_MODE
# How many proxies stand before the web server: the caller's address is taken from what they say.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TOLLBOOK_PROXY", "0") or 0)

# One for all processes: attempts are counted in it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "identity_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

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
# What customers can read; `scripts/messages` keeps the catalogues.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE / "locale"]
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
DEFAULT_FROM_EMAIL = os.environ.get("TOLLBOOK_MAIL_FROM", "tollbook@localhost")

PROCRASTINATE_IMPORT_PATHS = ["tollbook.base.queue"]
PROCRASTINATE_ON_APP_READY = None
# pgtrigger's own command installs triggers by migrations alone.
PGTRIGGER_INSTALL_ON_MIGRATE = False
# An e-mail address is unique whatever its case: identity_user_email_once, which Django does not see.
# Other hosts of the domain are not ours to force to TLS (W005), nor to enter into browsers' lists (W021); frames are
# refused by our own middleware (W002).
SILENCED_SYSTEM_CHECKS = ["auth.W004", "security.W002", "security.W005", "security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
