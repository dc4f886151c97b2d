"""Creates the database of the hybrid target: all tables, and an admin `abreast` with the password
`abreast`."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "targets.apps.hybrid_app.settings"

from targets.apps.records import prepare
from targets.apps.records.connection import database


def main() -> None:
    """Creates what does not exist yet."""
    with prepare.errors_on_one_line(database()):
        prepare.run()
        from django.contrib.auth import get_user_model

        users = get_user_model().objects
        if not users.filter(username="abreast").exists():
            users.create_superuser("abreast", password="abreast")  # noqa: S106 - on loopback, with nothing behind


if __name__ == "__main__":
    main()
