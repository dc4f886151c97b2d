"""Targets as containers of a Docker Engine.

`target` is the life of one container, `container_spec` its settings, and `database_server` a database.
`engine` is the session's connection to the engine, and `engine_address` says which one. `image` builds what
the containers are made of; `stats` and `limits` are pure; `cleanup` removes what a session left, and
`image_prune` old images. The `docker` package is imported when the engine is first used: sessions without
containers never load it.
"""
