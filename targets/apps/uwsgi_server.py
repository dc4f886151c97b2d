"""Starts uWSGI, which comes as an extension of Python: `python -P -m targets.apps.uwsgi_server --http …`."""

import sys

import pyuwsgi

if __name__ == "__main__":
    pyuwsgi.run(sys.argv[1:])
