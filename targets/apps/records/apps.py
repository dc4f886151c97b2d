"""The app's name among Django's."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """It has one model, and is no app that anybody else would have."""

    name = "targets.apps.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
