"""Django Ninja over WSGI for servers that would send a body after the headers of a HEAD request."""

from targets.apps.ninja_app.wsgi import application as _ninja
from targets.apps.wsgi_bare import bare

application = bare(_ninja)
