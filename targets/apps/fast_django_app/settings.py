"""Settings of Django on ASGI with another ORM: those of the Django target, with other paths."""

from targets.apps.django_app.settings import *  # noqa: F403 - how Django settings build on others

ROOT_URLCONF = "targets.apps.fast_django_app.urls"
INSTALLED_APPS = []
DATABASES = {}
