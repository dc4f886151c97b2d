"""Settings of Django with Django Ninja over ASGI: those of WSGI, with async operations."""

from targets.apps.ninja_app.settings import *  # noqa: F403 - how Django settings build on others

ROOT_URLCONF = "targets.apps.ninja_app.urls_async"
