"""The kinds of database servers that run in containers: their images, and what these need.

The images are said here; compose.yaml repeats that of MySQL, which a test compares.
"""

import os
from dataclasses import dataclass

IMAGE_VARIABLE = "ABREAST_DATABASE_IMAGE"
"""Names an image to use instead of the default; for one kind, `ABREAST_MYSQL_IMAGE` or
`ABREAST_POSTGRESQL_IMAGE` does, and comes first."""
CONNECTS_WITHIN_S = 5
"""How long the client in the container waits for a server that accepts the connection but sends nothing."""


@dataclass(frozen=True, slots=True)
class Make:
    """What the official image of a server needs and provides."""

    image: str
    port: int
    folder: str
    """Where its data are."""
    runs_as: str
    """The unprivileged user that the server runs as in the container."""
    sockets: str
    """A folder that it writes to besides its data folder."""
    administrator: str
    """The database's administrator."""
    password_variable: str
    """The variable from which the image reads the administrator's password at its first start."""
    client_variable: str
    """The variable from which the server's own client reads it."""
    options: tuple[str, ...]
    version: tuple[str, ...]
    """The command that prints the server's version, over TCP."""
    more: dict[str, str]
    """Further variables."""


MAKES = {
    "mysql": Make(
        image="mysql:8.4",  # the line with long support that the published comparisons measured
        port=3306,
        folder="/var/lib/mysql",
        runs_as="mysql",
        sockets="/var/run/mysqld",
        administrator="root",
        password_variable="MYSQL_ROOT_PASSWORD",  # noqa: S106  a name
        client_variable="MYSQL_PWD",
        options=(
            "--innodb-flush-log-at-trx-commit=2",
            "--max-connections=1000",
            "--skip-log-bin",
            "--skip-name-resolve",
        ),
        version=(
            "sh",
            "-c",
            'exec "$(command -v mysql || command -v mariadb)" "$@"',
            "sh",
            "--host=127.0.0.1",
            "--user=root",
            f"--connect-timeout={CONNECTS_WITHIN_S}",
            "--batch",
            "--skip-column-names",
            "--execute=SELECT VERSION()",
        ),
        more={"MYSQL_INITDB_SKIP_TZINFO": "1"},
    ),
    "postgresql": Make(
        image="postgres:18",
        port=5432,
        # Images before 18 have their volume in a folder below; those since then refuse one there.
        folder="/var/lib/postgresql",
        runs_as="postgres",
        sockets="/var/run/postgresql",
        administrator="postgres",
        password_variable="POSTGRES_PASSWORD",  # noqa: S106  a name
        client_variable="PGPASSWORD",
        options=("-c", "synchronous_commit=off", "-c", "max_connections=1000"),
        version=(
            "psql",
            f"host=127.0.0.1 user=postgres dbname=postgres connect_timeout={CONNECTS_WITHIN_S}",
            "-tAc",
            "SHOW server_version",
        ),
        more={"PGDATA": "/var/lib/postgresql/abreast"},
    ),
}
"""Kind of database → how to run it."""


def image_of(kind: str) -> str:
    """The image to start a server of this kind from."""
    return os.environ.get(image_variable(kind)) or os.environ.get(IMAGE_VARIABLE) or MAKES[kind].image


def image_variable(kind: str) -> str:
    """The environment variable that names an image for this kind of server."""
    return f"ABREAST_{kind.upper()}_IMAGE"
