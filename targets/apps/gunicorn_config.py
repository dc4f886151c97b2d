"""An empty settings file for gunicorn: every option is on the command line.

With `--config` gunicorn does not look for a `gunicorn.conf.py` in its working folder.
"""
