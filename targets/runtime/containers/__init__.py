"""Targets as containers of a Docker Engine.

`target` is one container's life and `mould` what it is like, `database_server` that of a database; `engine`
is the session's hold on the engine, `image` what the containers are made of, `connection` which engine is
meant; `stats` and `limits` decide without asking anybody; `leftovers` takes away what a session left, and
`superseded` old images. The `docker` package is imported where the engine is first spoken to: sessions
without containers never load it.
"""
