"""Settings of the Django target over ASGI: those of WSGI, with async views, or the same sync ones."""

from targets.apps.django_app.settings import *  # noqa: F403 - how Django settings build on others
from targets.apps.settings import settings

ROOT_URLCONF = f"targets.apps.django_app.{'urls' if settings().views == 'sync' else 'urls_async'}"
