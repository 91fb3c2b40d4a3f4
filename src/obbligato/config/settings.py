"""Every setting of a store, read from the environment here and nowhere else; docs/settings.md describes each."""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from stdnum import bic, iban

from obbligato.kernel import kept_settings
from obbligato.kernel.mail_servers import mail_server

if not __debug__:
    raise ImproperlyConfigured("Obbligato relies on its assertions: do not start it with python -O.")


DATA_FOLDER = Path(os.environ.get("OBBLIGATO_DATA", "data")).expanduser().resolve()
SETTINGS_FILE = Path(os.environ.get("SETTINGS_FILE", str(DATA_FOLDER / "store.toml"))).expanduser()
try:
    KEPT = kept_settings.read(SETTINGS_FILE)
except kept_settings.BadKeptSettings as bad:
    raise ImproperlyConfigured(str(bad)) from None
KNOWN_NAMES: set[str] = set()
LANGUAGES = [("en", "English"), ("fr", "Français"), ("ru", "Русский")]
"""What pages can be in: the first is what they are written in, the others have catalogues (docs/languages.md)."""


def _text(name: str, default: str = "") -> str:
    """From the environment, else as it was chosen at the desk."""
    KNOWN_NAMES.add(name)
    return os.environ.get(name, KEPT.get(name, default))


def _number(name: str, default: int) -> int:
    text = _text(name) or str(default)
    if not text.lstrip("-").isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not “{text}”.")
    return int(text)


def _switch(name: str) -> bool:
    return _text(name).lower() in {"1", "true", "yes", "on"}


def _kept_secret(folder: Path) -> str:
    """The store's own secret, made once and kept in its data folder; readable by the owner alone."""
    if given := _text("SECRET_KEY"):
        return given
    file = folder / "secret.key"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    secret = file.read_text().strip()
    if len(secret) < 32:
        raise ImproperlyConfigured(f"{file} is too short to be a secret. Remove it, and a new one is made.")
    return secret


def _language(code: str) -> str:
    """The store's own, one of those its words are in."""
    if code not in dict(LANGUAGES):
        raise ImproperlyConfigured(f"STORE_LANGUAGE is one of {', '.join(dict(LANGUAGES))}, not “{code}”.")
    return code


def _database(url: str, folder: Path) -> dict[str, Any]:
    """SQLite in the data folder, or the PostgreSQL server that DATABASE_URL names."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "store.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
            "CONN_MAX_AGE": None,
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://, or be left out for SQLite.")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "obbligato",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", "")) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # What is asked again and again is planned once for a connection.
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},
    }


def _bank_account(number: str, holder: str, code: str) -> tuple[str, str, str]:
    """The account that buyers are told: a transfer to a wrong number may be gone for good."""
    if number and not iban.is_valid(number):
        raise ImproperlyConfigured(f"BANK_IBAN is no IBAN: “{number}” has a wrong length or check digit.")
    if code and not bic.is_valid(code):
        raise ImproperlyConfigured(f"BANK_BIC is no BIC: “{code}”.")
    if number and not 0 < len(holder.strip()) <= 70:
        raise ImproperlyConfigured("BANK_NAME must name the holder of BANK_IBAN in at most 70 characters.")
    return iban.compact(number), " ".join(holder.split()), bic.compact(code)


def _mail_server(url: str) -> dict[str, Any]:
    """Where mails go; without a server, the console."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    try:
        server = mail_server(url)
    except ValueError as bad:
        raise ImproperlyConfigured(f"MAIL_URL {bad}") from None
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": server.host,
        "EMAIL_PORT": server.port,
        "EMAIL_HOST_USER": server.user,
        "EMAIL_HOST_PASSWORD": server.password,
        "EMAIL_USE_SSL": server.is_tls,
        "EMAIL_USE_TLS": server.is_starttls,
    }


# The store ------------------------------------------------------------------------------------------------
HOST = _text("HOST", "127.0.0.1")
PORT = _number("PORT", 8000)
SITE_NAME = _text("SITE_NAME", "Obbligato")
SITE_URL = _text("SITE_URL", f"http://localhost:{PORT}").rstrip("/")
CURRENCY = _text("CURRENCY", "EUR")
TAX_MODE = _text("TAX_MODE", "eu")
HOME_COUNTRY = _text("HOME_COUNTRY", "FR")
STORE_LANGUAGE = _language(_text("STORE_LANGUAGE", "en"))
STORE_SHARE_BASIS_POINTS = _number("STORE_SHARE_BASIS_POINTS", 1500)
MOST_SHARE_BASIS_POINTS = _number("MOST_SHARE_BASIS_POINTS", 7000)
TWO_PERSON_LIMIT_MICRO = _number("TWO_PERSON_LIMIT", 100) * 1_000_000
TWO_PERSON_DAY_LIMIT_MICRO = _number("TWO_PERSON_DAY_LIMIT", 1_000) * 1_000_000
SANDBOX = _text("SANDBOX", "1") == "1"
RAILS_FILE = Path(_text("RAILS_FILE", str(DATA_FOLDER / "rails.toml"))).expanduser()
QUOTE_LIFETIME = timedelta(hours=_number("QUOTE_HOURS", 24))
LINK_LIFETIME = timedelta(hours=_number("LINK_HOURS", 24))
ESSENCE_CACHE_BYTES = _number("ESSENCE_CACHE_MEGABYTES", 5_000) * 1_000_000
ENCODER_THREADS = _number("ENCODER_THREADS", os.cpu_count() or 1)
TASKS_URL = _text("TASKS_URL")
STORAGE_URL = _text("STORAGE_URL")
PREVIEW_SECONDS = _number("PREVIEW_SECONDS", 30)
PAGE_THREADS = _number("PAGE_THREADS", 2)
PROXIES = _number("PROXIES", 0)
PAGE_AGE_SECONDS = _number("PAGE_AGE_SECONDS", 1)
METRICS_TOKEN = _text("METRICS_TOKEN")
BANK_IBAN, BANK_NAME, BANK_BIC = _bank_account(_text("BANK_IBAN"), _text("BANK_NAME"), _text("BANK_BIC"))
COUNTRY_HEADER = _text("COUNTRY_HEADER")
SELLER_NAME = _text("SELLER_NAME") or SITE_NAME
SELLER_ADDRESS = _text("SELLER_ADDRESS")
SELLER_VAT_ID = _text("SELLER_VAT_ID")
SELLER_EMAIL = _text("SELLER_EMAIL")

# Django ---------------------------------------------------------------------------------------------------
DEBUG = _switch("DEBUG")
SECRET_KEY = _kept_secret(DATA_FOLDER)
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DATABASES = {"default": _database(_text("DATABASE_URL"), DATA_FOLDER)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Person"
ROOT_URLCONF = "obbligato.config.urls"
WSGI_APPLICATION = "obbligato.config.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = STORE_LANGUAGE
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [Path(__file__).parent.parent / "storefront" / "locale", Path(__file__).parent.parent / "locale"]
USE_I18N = True

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "django_htmx",
    "ninja",
    "obbligato.people",
    "obbligato.people.mails",
    "obbligato.ledger",
    "obbligato.catalog",
    "obbligato.catalog.following",
    "obbligato.catalog.plays",
    "obbligato.catalog.headings",
    "obbligato.catalog.pauses",
    "obbligato.catalog.restrictions",
    "obbligato.catalog.uploads",
    "obbligato.transparency",
    "obbligato.claims.orders",
    "obbligato.rights",
    "obbligato.rights.escrow",
    "obbligato.payments",
    "obbligato.payments.bank",
    "obbligato.payments.vouchers",
    "obbligato.payments.reconciliation",
    "obbligato.payments.limits",
    "obbligato.encoding",
    "obbligato.sales",
    "obbligato.sales.documents",
    "obbligato.sales.gifts",
    "obbligato.sales.guests",
    "obbligato.sales.wishlist",
    "obbligato.sales.editing",
    "obbligato.sales.charts",
    "obbligato.sales.preorders",
    "obbligato.sales.withheld",
    "obbligato.claims",
    "obbligato.claims.awards",
    "obbligato.claims.suspensions",
    "obbligato.standing",
    "obbligato.casefiles",
    "obbligato.simulation",
    "obbligato.library",
    "obbligato.api",
    "obbligato.storefront",
    "obbligato.backoffice",
    "obbligato.config",
]
MIDDLEWARE = [
    "obbligato.config.middleware.compressed_pages",
    "django.middleware.security.SecurityMiddleware",
    "obbligato.config.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "obbligato.storefront.languages.pages_in_a_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "obbligato.storefront.guest_sessions.GuestPages",
    "obbligato.storefront.refusal_pages.RefusalPages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [Path(__file__).parent.parent / "storefront" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "obbligato.storefront.surroundings.surroundings",
            ],
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "library"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_FORMS = {"login": "obbligato.storefront.forms.SignInForm", "signup": "obbligato.storefront.forms.SignUpForm"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
ACCOUNT_ADAPTER = "obbligato.storefront.addresses.StoreAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

# Everything that counts attempts must count across processes: the database keeps it.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kernel_cache"},
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # The tracks of a long release are one form.
EMAIL_TIMEOUT = 10
MAIL_URL = _text("MAIL_URL")
globals().update(_mail_server(MAIL_URL))
SENDS_MAIL = bool(MAIL_URL)  # Without a server for them, nothing may depend on a mail.
DEFAULT_FROM_EMAIL = _text("MAIL_FROM", "store@localhost")

STATIC_URL = "/static/"
STATIC_ROOT = DATA_FOLDER / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "obbligato.config.static_files.NamedByContent"},
}
UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/storefront/icon.svg"}],
    "STYLES": ["/static/backoffice/desk.css"],
    "SCRIPTS": ["/static/backoffice/desk.js"],
    "DASHBOARD_CALLBACK": "obbligato.backoffice.dashboard.dashboard",
    "ACCOUNT": {"navigation": [{"title": "Set up the store", "link": "/desk/setup/"}]},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}, "nowhere": {"class": "logging.NullHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "obbligato": {"level": "INFO"},
        # Anyone can send any Host; it is refused, and need not fill the log.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
    },
}

FIXED_NAMES = frozenset(KNOWN_NAMES & set(os.environ))
"""What the desk cannot change, for the environment says it."""
if unknown := sorted(set(KEPT) - KNOWN_NAMES):
    raise ImproperlyConfigured(f"{SETTINGS_FILE}: {unknown[0]} is no setting.")
