"""Settings of Django with Django Ninja over WSGI: those of the Django target, with other paths, and templates
for `/docs`."""

from targets.apps.django_app.settings import *  # noqa: F403 - how Django settings build on others

ROOT_URLCONF = "targets.apps.ninja_app.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
