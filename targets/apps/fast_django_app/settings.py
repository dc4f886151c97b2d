"""Settings of Django on ASGI with another ORM: those of the Django target, with paths of its own."""

from targets.apps.django_app.settings import *  # noqa: F403 - how Django settings build on others

ROOT_URLCONF = "targets.apps.fast_django_app.urls"
INSTALLED_APPS = []
DATABASES = {}
