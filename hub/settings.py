"""Every setting of Lihui, and the only reader of the environment.

Nothing needs to be set: without an environment the hub runs on SQLite, an in-process channel layer
and files under `data/`. The variables, all optional:

    SECRET_KEY       signs sessions and links; required when DEBUG is off (`make run` keeps one of its
                     own in DATA_DIR/secret_key)
    DEBUG            "1" for development: detailed errors, the component page at /design/
    ALLOWED_HOSTS    host names served, comma separated (default: this machine's own names)
    DEMO             "1" loads the demo county into an empty database (`make run` does), with so many
    DEMO_MONTHS      months of closed meetings (default 24; fewer load faster)
    HOST, PORT       where `make run` listens (default: every address of this machine, port 8000)
    ORIGINS          full origins allowed to post and to open sockets, e.g. https://lihui.example;
                     the first one is the address that mails and calendars lead to
    DATABASE_URL     postgres://user:password@host:5432/name (default: SQLite under DATA_DIR)
    DATABASE_POOL    connections a process keeps to PostgreSQL (default 12)
    REDIS_URL        redis://host:6379/0 (default: in-process; one web process only)
    S3_BUCKET        keep files in this bucket (default: under DATA_DIR); with S3_ENDPOINT_URL for a
                     server of your own and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
                     AWS_DEFAULT_REGION as usual
    S3_PUBLIC_URL    where browsers reach that server, when it is not S3_ENDPOINT_URL (which the hub's
                     own processes use, e.g. inside the machine room): downloads are signed for it
    S3_ADDRESSING_STYLE   how that server is addressed: path (the default there), virtual or auto
    DATA_DIR         database, files, logs (default: data/ beside manage.py)
    EMAIL_URL        smtp+tls://user:password@host:587 (default: printed on the console)
    EMAIL_FROM       the sender of mails
    CHAT_HOSTS       hosts of your own (host or host:port, comma separated) to which counties may
                     send chat messages beside the known services (default: none)
    LANGUAGE_CODE    zh-hans (default), zh-hant or en
    TIME_ZONE        default Asia/Shanghai
    HTTPS            "0" when there is no TLS in front (a county intranet): cookies are then not
                     marked secure and HSTS is off
    PROXIES          number of trusted reverse proxies that set X-Forwarded-For/-Proto (default 0)
    UPLOAD_MAX_BYTES, COUNTY_QUOTA_BYTES, UPLOADS_PER_HOUR   limits of uploading
    SOCKETS_PER_ADDRESS   live connections from one network address (default 400): raise it for a
                     larger hall behind one address
    SCANNER          a virus scanner every file is shown to before it is opened: clamd's address,
                     tcp://host:3310 or unix:/run/clamav/clamd.ctl (default: none)
    CAGE             "0" converts without bubblewrap; only ever for development
"""

from pathlib import Path
from typing import Any

import environs
from django.core.exceptions import ImproperlyConfigured

from hub.addresses import own_names

BASE_DIR = Path(__file__).resolve().parent.parent
env = environs.Env()

DEBUG = env.bool("DEBUG", False)
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
HTTPS = env.bool("HTTPS", not DEBUG)
PROXIES = env.int("PROXIES", 0)

OWN_KEY = DATA_DIR / "secret_key"  # made by `make run` where no SECRET_KEY is given
SECRET_KEY = env.str("SECRET_KEY", "development only: not a secret" if DEBUG else "")
if not SECRET_KEY and OWN_KEY.is_file():
    SECRET_KEY = OWN_KEY.read_text().strip()
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Production refuses to start without it: put 50 random characters "
        "into the environment variable SECRET_KEY (or set DEBUG=1 on a development machine)."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", own_names())
DEMO = env.bool("DEMO", DEBUG)
DEMO_MONTHS = env.int("DEMO_MONTHS", 24)
HOST = env.str("HOST", "0.0.0.0")  # noqa: S104 - phones in the hall must reach it
PORT = env.int("PORT", 8000)
ORIGINS: list[str] = env.list("ORIGINS", [])
CSRF_TRUSTED_ORIGINS = ORIGINS

# --- The house -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "hub",
    "archive",
    "realtime",
    "board",
    "uploads",
    "meetings",
    "townships",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "channels",
    "storages",
    "csp",
    "django_prometheus",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "townships.middleware.ActorMiddleware",
    "hub.middleware.PagesMiddleware",
]

ROOT_URLCONF = "hub.urls"
ASGI_APPLICATION = "asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "townships.context.actor",
            ],
            "builtins": ["hub.templatetags.lihui"],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database, cache, channel layer -------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", "")
if DATABASE_URL:
    DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
    # The requests' threads come and go with the load (hub.handler): the pool is what bounds the
    # connections of a process (254 instead of 82 inserting requests a second, without either).
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 2,
        "max_size": env.int("DATABASE_POOL", 12),
        "timeout": 20,
        # The pool waits twice as long after each attempt in vain, and begins anew after these seconds:
        # when PostgreSQL is back after minutes, the hub is too within ten seconds, not within minutes.
        "reconnect_timeout": 15,
    }
    # A machine that vanished without a word (power, cable) is noticed after 20 s, not after hours.
    DATABASES["default"]["OPTIONS"] = {
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        **DATABASES["default"]["OPTIONS"],
    }
    # One empty round trip a request: after a restart of PostgreSQL nobody gets a dead connection.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "lihui.sqlite3"),
            "CONN_MAX_AGE": None,  # a connection stays with its thread
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728;"
                ),
            },
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    }

REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "hub.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            # A Redis that hangs must not hold a request up.
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "hub.layer.TidyChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- Files ----------------------------------------------------------------------------------------

FILES_DIR = DATA_DIR / "files"
WORK_DIR = DATA_DIR / "work"
S3_BUCKET = env.str("S3_BUCKET", "")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "") or None
S3_PUBLIC_URL = env.str("S3_PUBLIC_URL", "").rstrip("/") or S3_ENDPOINT_URL
SIGNED_URL_SECONDS = 60
PICTURE_SOURCES: list[str] = []  # where signed addresses of pictures lead
if S3_BUCKET:
    region = env.str("AWS_DEFAULT_REGION", "us-east-1")
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    PICTURE_SOURCES = (
        [S3_PUBLIC_URL]
        if S3_PUBLIC_URL
        else [
            f"https://{S3_BUCKET}.s3.{domain}",
            f"https://{S3_BUCKET}.s3.{region}.{domain}",
        ]
    )
    files_storage: dict[str, Any] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT_URL,
            "access_key": env.str("AWS_ACCESS_KEY_ID", "") or None,
            "secret_key": env.str("AWS_SECRET_ACCESS_KEY", "") or None,
            "region_name": region,
            "signature_version": "s3v4",
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
            "querystring_expire": SIGNED_URL_SECONDS,
            "addressing_style": env.str(
                "S3_ADDRESSING_STYLE", "path" if S3_ENDPOINT_URL else "auto"
            ),
        },
    }
else:
    files_storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(FILES_DIR),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
# A signature covers the host: addresses for browsers are signed for the one they will ask.
downloads_storage = files_storage
if S3_BUCKET:
    downloads_storage = {
        **files_storage,
        "OPTIONS": {**files_storage["OPTIONS"], "endpoint_url": S3_PUBLIC_URL},
    }
STORAGES = {
    "default": files_storage,
    "downloads": downloads_storage,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "hub.staticfiles.HashedStaticFiles"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    (f"vendor/{package}", NODE_MODULES / package / folder)
    for package, folder in [("tus-js-client", "dist")]
    if (NODE_MODULES / package / folder).is_dir()
]

CHOSEN_FILES = [
    ("vendor/echarts", str(NODE_MODULES / "echarts" / "dist"), ["echarts.common.min.js"])
]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "hub.staticfiles.ChosenFiles",
]

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 512 * 1024 * 1024)
UPLOAD_CHUNK_BYTES = 8 * 1024 * 1024
UPLOAD_EXPIRES_HOURS = 72
BASE_DECK_BYTES = 8 * 1024 * 1024  # one request, like a chunk
COUNTY_QUOTA_BYTES = env.int("COUNTY_QUOTA_BYTES", 200 * 1024**3)
UPLOADS_PER_HOUR = env.int("UPLOADS_PER_HOUR", 60)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
CAGE = env.bool("CAGE", True)
SCANNER = env.str("SCANNER", "")

# --- Sign-in ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "townships.User"
AUTHENTICATION_BACKENDS = ["townships.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "townships.passwords.LongEnough",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "townships.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "townships.account_forms.LoginForm",
    "change_password": "townships.account_forms.ChangePasswordForm",
    "set_password": "townships.account_forms.SetPasswordForm",
    "reset_password": "townships.account_forms.ResetPasswordForm",
    "reset_password_from_key": "townships.account_forms.ResetPasswordKeyForm",
    "reauthenticate": "townships.account_forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    # A hall of two hundred behind one address signs in within minutes; guessing is held per name.
    "login": "300/m/ip",
    "login_failed": "5/15m/key,300/15m/ip",
    "reset_password": "10/h/ip,3/h/key",
    "change_password": "5/m/user",
}
USERSESSIONS_TRACK_ACTIVITY = False
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES

# --- Languages and time -------------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", "zh-hans")
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "hub" / "locale"]
FORMAT_MODULE_PATH = ["hub.formats"]
TIME_ZONE = env.str("TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Mail -----------------------------------------------------------------------------------------------

vars().update(
    {
        key: value
        for key, value in env.dj_email_url("EMAIL_URL", "console:").items()
        if key.startswith("EMAIL_") or key == "DEFAULT_FROM_EMAIL"
    }
)
EMAIL_TIMEOUT = (
    vars().get("EMAIL_TIMEOUT") or 20
)  # seconds; a mail server that hangs holds up little
# Hosts of the operator's own to which chat messages may go, e.g. "ntfy.county.internal:8080".
CHAT_HOSTS: list[str] = env.list("CHAT_HOSTS", [])
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "Lihui <lihui@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Hardening --------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_ENGINE = "townships.sessions"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Load balancers and Prometheus ask this process itself, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^health/$", r"^metrics$"]
CSRF_FAILURE_VIEW = "hub.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *PICTURE_SOURCES],
        "media-src": ["'self'", *PICTURE_SOURCES],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# --- The live room -----------------------------------------------------------------------------------------

SOCKETS_PER_USER = 5
SOCKETS_PER_ADDRESS = env.int("SOCKETS_PER_ADDRESS", 400)
POSTS_PER_MINUTE = 10
SUPPORTS_PER_MINUTE = 30
SIMILAR_PER_MINUTE = 60
EXTENSIONS_PER_MINUTE = 5
EDIT_MINUTES = 5

# --- Logs ----------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"lihui": {"level": "INFO"}},
}
