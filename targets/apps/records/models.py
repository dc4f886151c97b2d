"""The rows of `io`, for Django's ORM."""

from django.db import models

from targets.apps.records.table import NAME_LENGTH, TABLE


class Record(models.Model):
    """One row."""

    name = models.CharField(max_length=NAME_LENGTH)
    value = models.IntegerField()

    class Meta:
        """Its table has the same name for every ORM."""

        app_label = "records"
        db_table = TABLE
