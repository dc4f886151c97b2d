"""Starts uWSGI, which is a Python extension: `python -P -m targets.apps.uwsgi_server --http …`."""

import sys

import pyuwsgi

if __name__ == "__main__":
    pyuwsgi.run(sys.argv[1:])
