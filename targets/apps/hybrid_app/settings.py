"""Settings of the Django project inside the hybrid target: the admin, and what it needs.

Middleware: sessions, CSRF, authentication and messages, which the admin needs; requests to FastAPI's
endpoints do not pass through it.
"""

from targets.apps.django_app.settings import *  # noqa: F403 - how Django settings build on others
from targets.apps.records.connection import django_databases

ROOT_URLCONF = "targets.apps.hybrid_app.urls"

INSTALLED_APPS = [
    "targets.apps.records.apps.RecordsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = django_databases(max_age_s=0)
"""The target's database, for the admin too. Over ASGI every request has its own thread, and connections end
with their thread."""

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
