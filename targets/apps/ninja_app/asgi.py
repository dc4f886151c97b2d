"""Django Ninja over ASGI. The settings are assigned, not defaulted: the shell's environment cannot change
them."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "targets.apps.ninja_app.settings_asgi"

from django.core.asgi import get_asgi_application

from targets.apps.asgi_wrapper import AsgiWrapper

application = AsgiWrapper(get_asgi_application())
