"""What the command line says about an import. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the command line says about an import."""

    name: str = "standard input"
    """The source, for messages: the name of its file."""
    journey: bool | None = None
    """Requests in order, or by weight; None: as the source suggests."""
    hosts: tuple[str, ...] = ()
    """Only requests to these hosts are taken; empty: as the source suggests."""
    include_static: bool = False
    """Pictures, scripts and style sheets are taken too."""
    enable: tuple[str, ...] = ()
    """Operations of a document that are on although they may change data: `POST /items`, an operationId, or
    `all`."""
    url: str = ""
    """Where a document was fetched from; empty for a file."""
