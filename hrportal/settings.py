"""Settings, each read once from a typed environment variable; README has the table.

With ``HRPORTAL_ENV=production`` every secret and address must be given, and a missing one stops
the start with its name. Elsewhere the embedded services and throw-away development keys stand in.
"""

from typing import Any

import dj_database_url
import pghistory
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from hrportal import environment
from hrportal.environment import BASE_DIR, HAS_TOOLS, PRODUCTION, required, required_secret
from hrportal.integrations import *  # noqa: F403 - the same
from hrportal.kernel.encryption import KeyRing
from hrportal.schedule import BEAT_SECONDS, CELERY_BEAT_SCHEDULE, CELERY_TASK_ROUTES  # noqa: F401 - settings
from hrportal.sign_in_settings import *  # noqa: F403 - Django takes every name in capitals
from hrportal.sign_in_settings import OIDC_ISSUER, TRUSTED_PROXIES

DEBUG = False

# --- Secrets and addresses ------------------------------------------------------------------------
SECRET_KEY = required_secret("SECRET_KEY")
# "id:base64,id:base64": the first encrypts, all open.
DATA_KEYS = required_secret("DATA_KEYS", "dev1:{}")
KeyRing.parse(DATA_KEYS)
BLIND_INDEX_KEY = environment.base64_key("BLIND_INDEX_KEY", required_secret("BLIND_INDEX_KEY"))
SIGNAL_SECRETS = environment.webhook_secrets("SIGNAL_SECRETS", required_secret("SIGNAL_SECRETS", "whsec_{}"))
# The performance system is another machine than the AI interview, so neither can speak for the other.
PERFORMANCE_SECRETS = environment.webhook_secrets(
    "PERFORMANCE_SECRETS", required_secret("PERFORMANCE_SECRETS", "whsec_{}")
)
# What the monitoring shows to read /metrics; in development anybody on the machine may.
METRICS_TOKEN = required("METRICS_TOKEN", "")
DATABASE_URL = environment.server_address(
    "DATABASE_URL", required("DATABASE_URL", "postgresql://postgres@/hrportal?host=/nonexistent")
)
REDIS_URL = environment.server_address("REDIS_URL", required("REDIS_URL", "unix:///nonexistent/valkey.sock"))
# Where `serve` listens, and with how many.
HOST = environment.text("HOST", "127.0.0.1")
# Outside production the sign-ins are those of a demonstration, so nobody else may come unless somebody says so.
ALLOW_REMOTE = environment.flag("ALLOW_REMOTE", default=PRODUCTION)
PORT = environment.whole("PORT", 8000, least=1, most=65_535)
WEB_WORKERS = environment.whole("WEB_WORKERS", 2, least=1, most=256)
WEB_THREADS = environment.whole("WEB_THREADS", 4, least=1, most=1_024)
WORKER_CONCURRENCY = environment.whole("WORKER_CONCURRENCY", 2, least=1, most=256)
# A worker that was asked to stop ends by force after so long, before hrportal.processes ends it from outside.
WORKER_STOP_SECONDS: float = environment.number("WORKER_STOP_SECONDS", 30.0, least=0.1, most=30)
PUBLIC_URL = environment.web_address("PUBLIC_URL", required("PUBLIC_URL", f"http://127.0.0.1:{PORT}"))
ALLOWED_HOSTS = [
    environment.matching("ALLOWED_HOSTS", host, r"[^\s/@]+", "Give names of hosts without http:// and paths.")
    for host in environment.listed(
        "ALLOWED_HOSTS", required("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver")
    )
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- The house ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "hrportal.apps.PortalAdminConfig",
    "hrportal.apps.PortalConfig",
    "performance.apps.PerformanceConfig",
    "recruitment.apps.RecruitmentConfig",
    "notifications.apps.NotificationsConfig",
    "branches.apps.BranchesConfig",
    "hrportal.kernel.apps.KernelConfig",
    "guardian",
    "pgtrigger",
    "pghistory",
    "treebeard",
    # Without "allauth" itself, whose only content is templates and catalogues: a page of its own that we
    # have not replaced is an error and never shown.
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "template_partials",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
# Commands for development, which no installation has: neither in production nor in an image without tests.
if HAS_TOOLS:
    INSTALLED_APPS += ["tests.rehearsal", "tests.provider_simulator", "tests.benchmarks", "tests.catalogue"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "hrportal.middleware.close_answers",
    "hrportal.middleware.machines_first",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "hrportal.middleware.body_refused",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hrportal.middleware.scope_of_request",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hrportal.middleware.pages_of_posts",
    "hrportal.drafts.middleware.DraftMiddleware",
    "hrportal.list_return.back_to_the_list",
    "branches.sign_in.middleware.SessionLimits",
    "branches.sign_in.middleware.SignInRequired",
    "branches.sign_in.middleware.SecondFactor",
    "axes.middleware.AxesMiddleware",
    "hrportal.history.who_changes",
]
ROOT_URLCONF = "hrportal.urls"
WSGI_APPLICATION = "hrportal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials", "hrportal.templatetags.form_author"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.csrf",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hrportal.navigation.navigation",
            ],
        },
    }
]

# --- Data -----------------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        # PostgreSQL as a role that owns nothing, with the scope of the work in every transaction.
        DATABASE_URL,
        engine="hrportal.kernel.database",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
# A server that went away without a word is noticed within a minute, and one that is not there at once.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    **DATABASES["default"].get("OPTIONS", {}),
}
# Seconds that the database may take for a statement, wait for a lock, and hold a transaction that does
# nothing, by kind of process; 0 is none. A migration and whatever else is typed has no limit.
DATABASE_LIMITS: dict[str, dict[str, float]] = {
    kind: {
        name: environment.number(f"{kind}_{name}_SECONDS".upper(), seconds, least=0, most=86_400)
        for name, seconds in limits.items()
    }
    for kind, limits in {
        "web": {"statement": 15.0, "lock": 5.0, "idle": 30.0},
        "worker": {"statement": 300.0, "lock": 30.0, "idle": 300.0},
    }.items()
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "branches.User"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Tries are counted and codes are spent for all web processes together, and while Redis is down: a table.
CACHES = {"default": {"BACKEND": "hrportal.kernel.cache.JsonCache", "LOCATION": "portal_cache"}}
# What changed is written by triggers of the database; nobody changes or deletes it afterwards.
PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
# They follow from the models; `manage.py migrate` makes them as the models say (hrportal.rls), no migration does.
PGTRIGGER_MIGRATIONS = False

# --- Sign-in: hrportal/sign_in_settings.py -----------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "my_work"
LOGOUT_REDIRECT_URL = "sign_in"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC_URL.partition("://")[0]
# Only branches.access asks guardian, and it asks guardian's tables: no authentication backend is needed.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
# Guardian's anonymous user would be one more account that nobody looks after.
ANONYMOUS_USER_NAME = None

# --- Security headers -----------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        # Browsers hold the redirect after the button of the single sign-on against it too.
        "form-action": [SELF, *(["/".join(OIDC_ISSUER.split("/")[:3])] if OIDC_ISSUER else [])],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "script-src": [SELF],
        "style-src": [SELF],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "hrportal.views.csrf_failure"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
if SESSION_COOKIE_SECURE:
    # The browser takes cookies of these names from this host over TLS only, for all of it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_SSL_REDIRECT = PRODUCTION and PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
# Business time may run faster than the real clock in a demonstration (hrportal.kernel.clocks).
CLOCK_RATE: float = environment.number("CLOCK_RATE", 1.0, least=0.001, most=1_000_000)
CLOCK_REAL_EPOCH: float = environment.number("CLOCK_REAL_EPOCH", 0.0, least=0, most=1e11)
CLOCK_BUSINESS_EPOCH: float = environment.number("CLOCK_BUSINESS_EPOCH", 0.0, least=0, most=1e11)

# --- Static files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".run" / "static"
STATICFILES_DIRS = [BASE_DIR / "frontend" / "dist"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# The hashed names need `collectstatic`; `make setup` runs it. Finders serve until then.
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- Celery: the rows are the queue, tasks only wake workers --------------------------------------
# Kombu has its own words for a Unix socket and for the number of the database behind it.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "intake"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# However long the broker is away, worker and beat go on when it is back.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Beat answers `celery inspect ping` as workers do, and falls silent when it no longer ticks.
CELERY_BEAT_ENABLE_REMOTE_CONTROL = True
# Crontabs of hrportal/schedule.py mean the bank's hours.
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 5, "max_retries": 0}

# --- Exports --------------------------------------------------------------------------------------
EXPORT_MAX_ROWS: int = environment.whole("EXPORT_MAX_ROWS", 50_000, least=1, most=1_000_000)
EXPORT_KEPT_HOURS: int = environment.whole("EXPORT_KEPT_HOURS", 24, least=1, most=8_760)
# More rows than this for one person within a day, and head office is told.
EXPORT_ALARM_ROWS: int = environment.whole("EXPORT_ALARM_ROWS", 2_000, least=0, most=100_000_000)

# --- Providers: hrportal/integrations.py ---------------------------------------------------------------
# For a call as a whole, however slowly its answer drips in; a process that is stopping waits no longer than this.
PROVIDER_TIMEOUT_SECONDS: float = environment.number("PROVIDER_TIMEOUT_SECONDS", 10.0, least=0.1, most=25)
EMAIL_TIMEOUT = PROVIDER_TIMEOUT_SECONDS
# How many calls of one provider a process has in flight, and over how many connections it talks to the mail relay.
PROVIDER_CALLS: int = environment.whole("PROVIDER_CALLS", 64, least=1, most=1_000)
EMAIL_CONNECTIONS: int = environment.whole("EMAIL_CONNECTIONS", 16, least=1, most=100)
BANK_NAME_ZH: str = environment.text("BANK_NAME_ZH", "华信银行")
BANK_NAME_EN: str = environment.text("BANK_NAME_EN", "Huaxin Bank")
# How many encrypted values one member of staff may see in an hour; each is logged with its purpose.
REVEALS_PER_HOUR: int = environment.whole("REVEALS_PER_HOUR", 20, least=0, most=100_000)
# More of them than this for one person within a day, and head office is told; every refusal is told as well.
REVEALS_ALARM_PER_DAY: int = environment.whole("REVEALS_ALARM_PER_DAY", 60, least=0, most=1_000_000)
RECIPIENT_DAILY_CAP: int = environment.whole("RECIPIENT_DAILY_CAP", 5, least=1, most=1_000)

SIGNAL_MAX_BYTES = 256 * 1024
SIGNAL_BATCH_MAX_BYTES = 64 * 1024 * 1024
# 5,000 records with a few measures of their own each.
PERFORMANCE_MAX_BYTES = 8 * 1024 * 1024
# A file of 16 MB, and room for the form to say that another is larger.
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
# Django knows one number for all; what each address takes stands in hrportal/gate/limits.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = SIGNAL_BATCH_MAX_BYTES
# Files stay in memory: on disk they would lie in plain.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MAX_BYTES

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processor": "ext://hrportal.log.render",
            "foreign_pre_chain": "ext://hrportal.log.shared",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": environment.choice("LOG_LEVEL", "WARNING", environment.LOG_LEVELS),
    },
}

environment.refuse_mistyped_names()
