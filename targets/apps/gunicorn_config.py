"""gunicorn's settings file, in which nothing is set: every option is on the command line.

It is named with `--config` so that gunicorn does not look for a `gunicorn.conf.py` in the folder it runs in.
"""
