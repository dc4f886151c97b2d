"""The configuration of the Django app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """An app with one model."""

    name = "targets.apps.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
