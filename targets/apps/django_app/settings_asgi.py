"""Settings of the Django target over ASGI: those of WSGI, with async views."""

from targets.apps.django_app.settings import *  # noqa: F403 - how Django settings build on others

ROOT_URLCONF = "targets.apps.django_app.urls_async"
