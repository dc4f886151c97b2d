"""Django Ninja over WSGI. The settings are assigned, not defaulted: the shell's environment cannot change
them."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "targets.apps.ninja_app.settings"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
