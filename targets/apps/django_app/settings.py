"""Settings of the Django target over WSGI; `settings_asgi` differs only in the views.

Middleware: none. Nothing here needs sessions, authentication or CSRF, and what the contract does not use must
not slow a target down. One app, for the rows of `io`; no templates.
"""

import secrets

from targets.apps.records.connection import django_databases
from targets.apps.settings import settings

DEBUG = False

SECRET_KEY = secrets.token_urlsafe(50)
"""Django requires one. Nothing is signed with it, so it may differ between processes."""

ALLOWED_HOSTS = ["*"]
"""A target is reached as 127.0.0.1, localhost or its container's name; no answer depends on it."""

ROOT_URLCONF = f"targets.apps.django_app.{'urls_drf' if settings().api == 'drf' else 'urls'}"

MIDDLEWARE: list[str] = []
INSTALLED_APPS = ["targets.apps.records.apps.RecordsConfig"]
DATABASES = django_databases()

APPEND_SLASH = False
USE_I18N = False
USE_TZ = True

REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
"""There are no users here, and Django's users would need a database."""

DATA_UPLOAD_MAX_MEMORY_SIZE = None
"""No limit on bodies, as on every other target."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "faults": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: record.exc_info is not None,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["faults"]}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
"""Only exceptions: logging every 404 or 503 would be measured too."""
