"""One settings file; everything that differs between installs comes from the environment.

Without any variable it is an evaluation install: state under ./.local, the embedded PostgreSQL, generated keys.
In production set `XUEJI_PRODUCTION=1`: then a missing `DATABASE_URL`, `XUEJI_SITE_URL`, `XUEJI_HOSTS`,
`XUEJI_DATA_KEYS` or `XUEJI_MARKS`, and what only an evaluation may do, stops the process with a sentence (`config/production.py`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from jinja2 import StrictUndefined

from xueji.config.keys import load_keys
from xueji.config.paths import state_dir
from xueji.config.postgres import OWNER, PRODUCT_ROLE, cluster
from xueji.config.practice import is_practice, practice_database_url, practice_home
from xueji.config.production import hsts, is_production, refuse_unsafe
from xueji.logs import logging_settings

PRODUCTION = is_production(os.environ)
TESTING = os.environ.get("XUEJI_TESTING") == "1" or "pytest" in sys.modules
PRACTICE = is_practice()
BASE = state_dir()
HOME = practice_home(BASE) if PRACTICE else BASE
if PRODUCTION:
    refuse_unsafe(os.environ, practice=PRACTICE)


def _env(name: str, default: str | None = None) -> str:
    """Return a variable; in production one without a default must be set."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"请设置环境变量 {name}（见 docs/runbooks/configuration.md）")
    return value


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "xueji",
        "USER": unquote(parts.username or "postgres"),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


def _database_url() -> str:
    if PRACTICE:
        return practice_database_url(BASE)
    if url := os.environ.get("DATABASE_URL"):
        return url
    if PRODUCTION:
        return _env("DATABASE_URL")
    return cluster(BASE).url(role=OWNER if TESTING else PRODUCT_ROLE)


KEYS = load_keys(HOME, production=PRODUCTION, only_stored=PRACTICE)  # practice never holds the real keys
SECRET_KEY = KEYS.secret_key
DATA_KEYS = KEYS.data_keys  # key id -> 32 bytes, AES-256-GCM
DATA_KEY_ACTIVE = KEYS.active
INDEX_KEY = KEYS.index_key  # blind indexes
LOG_KEY = KEYS.log_key  # digests of events and the signature of their log; never changed

DEBUG = os.environ.get("XUEJI_DEBUG") == "1"
ALLOWED_HOSTS = (_env("XUEJI_HOSTS", None if PRODUCTION else "127.0.0.1,localhost,[::1],testserver")).split(",")
SITE_URL = (  # printed into QR codes
    os.environ.get("XUEJI_PRACTICE_SITE_URL", "http://127.0.0.1:8100")
    if PRACTICE
    else os.environ.get("XUEJI_SITE_URL", "http://127.0.0.1:8000")
)

INSTALLED_APPS = [
    "django.forms",  # so that its templates can be replaced by ours
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "lucide",
    "pgtrigger",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "xueji.documents",
    "xueji.ledger",
    "xueji.messaging",
    "xueji.jobs",
    "xueji.accounts",
    "xueji.institutions",
    "xueji.cases",
    "xueji.uploads",
    "xueji.obligations",
    "xueji.licences",
    "xueji.registry",
    "xueji.certificates",
    "xueji.blanks",
    "xueji.applications",
    "xueji.draws",
    "xueji.replacements",
    "xueji.attestations",
    "xueji.production",
    "xueji.graduation",
    "xueji.supervision",
    "xueji.directory",
    "xueji.lookup",
    "xueji.web",
    "xueji.demo",
]

MIDDLEWARE = [
    "xueji.web.requests.NumberedRequests",
    "django.middleware.security.SecurityMiddleware",
    "xueji.web.requests.LimitedBodies",  # before anything reads a form
    "xueji.web.unreadable.RefuseNul",  # before whoever looks for a file or a session by what was sent
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "xueji.web.middleware.NothingKept",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "xueji.web.presence.Presence",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "xueji.web.drafts.Drafts",
    "xueji.web.first_run.FirstRun",
    "xueji.web.once.Once",
    "xueji.web.givenback.GiveBack",
    "xueji.web.middleware.ErrorPages",
    "xueji.web.middleware.AccessControl",
    "xueji.web.unreadable.RefuseNulInForms",  # a stranger's body is not read for it
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "xueji.config.urls"
WSGI_APPLICATION = "xueji.config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent.parent / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["xueji.web.templatetags.once"],  # every form that is protected is also done once
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "xueji.web.context.shell",
            ],
        },
    },
    {
        "NAME": "tables",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).resolve().parent.parent / "web" / "tables"],
        "OPTIONS": {
            "environment": "xueji.web.tabular.environment",
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": {
        **_database(_database_url()),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # without it, requests after a database restart fail
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}, "options": "-c timezone=Asia/Shanghai"},
    },
}
if TESTING:
    # Pools outlive test databases; truncation of append-only tables is allowed to the tests' own flush only, and rows
    # that no event vouches for to their factories.
    allowed = "-c app.allow_truncate=on -c app.allow_unvouched=on"
    DATABASES["default"]["OPTIONS"] = {"options": f"-c timezone=Asia/Shanghai {allowed}"}
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("XUEJI_TEST_DB") or None}

# Counters of sign-in are one for all processes and outlive a restart; the table is laid by a migration.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_counter",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

PROCRASTINATE_ON_APP_READY = None
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a folder that is not there
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# High-water marks of the numbers (docs/adr/0012): never in a backup, never restored, one folder for all machines.
MARKS = HOME / "marks" if PRACTICE else Path(_env("XUEJI_MARKS", None if PRODUCTION else str(HOME / "marks")))
# The log of events (docs/adr/0027): static files, apart from the database; its heads go to where nobody here can write.
LEDGER_LOG = HOME / "ledger-log" if PRACTICE else Path(_env("XUEJI_LEDGER_LOG", str(HOME / "ledger-log")))
LEDGER_HEADS = None if PRACTICE else os.environ.get("XUEJI_LEDGER_HEADS")  # a folder of somebody else's
LEDGER_WITNESS = None if PRACTICE else os.environ.get("XUEJI_LEDGER_WITNESS")  # address of a C2SP witness
LEDGER_WITNESS_KEY = None if PRACTICE else os.environ.get("XUEJI_LEDGER_WITNESS_KEY")  # its public key, a «vkey»
LEDGER_MAIL = (
    []
    if PRACTICE
    else [address.strip() for address in os.environ.get("XUEJI_LEDGER_MAIL", "").split(",") if address.strip()]
)
EMAIL_HOST, EMAIL_PORT = os.environ.get("XUEJI_MAIL_HOST", "localhost"), int(os.environ.get("XUEJI_MAIL_PORT", "25"))
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = os.environ.get("XUEJI_MAIL_USER", ""), os.environ.get("XUEJI_MAIL_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = (os.environ.get("XUEJI_MAIL_TLS") == kind for kind in ("starttls", "tls"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("XUEJI_MAIL_FROM", "xueji@localhost")
# Messages to applicants, and the check of who they are, each behind one adapter; trying out shows them on the pages.
_SHOWN = PRACTICE or not PRODUCTION
MESSAGE_GATEWAY = (
    "xueji.messaging.gateways.ShownGateway"
    if _SHOWN
    else os.environ.get("XUEJI_MESSAGE_GATEWAY", "xueji.messaging.gateways.NoGateway")
)
REAL_NAME_CHECK = (
    "xueji.accounts.realname.ShownCheck"
    if _SHOWN
    else os.environ.get("XUEJI_REAL_NAME_CHECK", "xueji.accounts.realname.NoCheck")
)
UPKEEP = HOME / "upkeep"  # when the last backup and the last audit were; the page «系统状态» reads it
MEDIA_ROOT = HOME / "files"  # sealed; served only through views that ask for permission
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "xueji.web.uploads.SealedSpool",  # nothing readable in a temporary folder
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# -- sign-in
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "xueji.accounts.backends.Accounts",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "xueji.accounts.passwords.LongEnough"},
    {"NAME": "xueji.accounts.passwords.NotCommon"},
    {"NAME": "xueji.accounts.passwords.NotGuessable"},
    {"NAME": "xueji.accounts.passwords.NotTheOld"},
]
ISSUED_PASSWORD_HOURS = int(os.environ.get("XUEJI_ISSUED_PASSWORD_HOURS", "72"))  # of a password handed over
IDLE_MINUTES = int(os.environ.get("XUEJI_IDLE_MINUTES", "30"))
# Who decides, seals, reveals or administers must have a second factor; an evaluation does without, and says so.
SECOND_FACTOR_REQUIRED = (
    os.environ.get("XUEJI_SECOND_FACTOR", "required" if PRODUCTION and not PRACTICE else "optional") == "required"
)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "xueji.accounts.adapter.IssuedAccounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# Floods are stopped by address, codes of the second factor by account; passwords are the business of axes, below, and
# of `accounts.guard`. At the change of one's own password wrong present ones count (`accounts.own_password`), not every
# sending.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip", "login_failed": "5/300s/key", "change_password": None, "wrong_current_password": "5/15m/key",
}  # fmt: skip
ACCOUNT_FORMS = {"change_password": "xueji.accounts.own_password.OwnPasswordForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "学籍"
MFA_ADAPTER = "xueji.accounts.factors.SealedFactors"
# A whole school sits behind one address: lock the pair of user and address; the rest is slowed down (`accounts.guard`).
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_ENABLED = os.environ.get("XUEJI_AXES", "1") == "1"
SESSION_ENGINE = "xueji.accounts.sessions"
SESSION_COOKIE_NAME = "practice_session" if PRACTICE else "sessionid"
CSRF_COOKIE_NAME = "practice_csrf" if PRACTICE else "csrftoken"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "xueji.web.shared.refusals.form_out_of_date"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked by machines, on this one
# Behind a proxy of our own (docs/runbooks/proxy.md): it says how the browser came, and from where (`config.proxy`).
PROXY = os.environ.get("XUEJI_PROXY") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY else None
SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = hsts(os.environ)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

# -- what an upload may be (bytes)
MAX_WORKBOOK_BYTES = 10 * 1024 * 1024
MAX_PHOTO_ARCHIVE_BYTES = 200 * 1024 * 1024
MAX_EVIDENCE_BYTES = 10 * 1024 * 1024
MAX_PICTURES_BYTES = 48 * 1024 * 1024  # of one paper, several pictures at once
MAX_SCAN_BYTES = 20 * 1024 * 1024  # of a blank diploma, for previews

PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
)

LOGGING = logging_settings(os.environ.get("XUEJI_LOG") or ("json" if PRODUCTION else "plain"))
METRICS_TOKEN = os.environ.get("XUEJI_METRICS_TOKEN", "")  # who watches from another machine
