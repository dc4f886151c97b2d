"""Makes the database of the hybrid target's admin: its tables, and a user `abreast`, password `abreast`."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "targets.apps.hybrid_app.settings"

import django


def main() -> None:
    """Does what is not done yet."""
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    if not users.filter(username="abreast").exists():
        users.create_superuser("abreast", password="abreast")  # noqa: S106 - on loopback, and no secret


if __name__ == "__main__":
    main()
