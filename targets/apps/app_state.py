"""What a worker process keeps beside its app: a model, a classifier, a client of the upstream, a gate.

Made as the settings say, and light until first used: no thread, no connection and no heavy import before a
request needs it, except for the workload that the session begins with. That one's is made when the app is
imported, which every server does after the fork.
"""

from functools import cache
from typing import TYPE_CHECKING

from targets.apps.images import Images
from targets.apps.live_settings import LiveSettings
from targets.apps.login import Gate
from targets.apps.settings import settings
from targets.apps.slow_model import SlowModel

if TYPE_CHECKING:
    from targets.apps.upstream_client import UpstreamClient

_settings = settings()

slow_model = SlowModel(_settings.model, _settings.model_seconds, LiveSettings(_settings.live_settings))
pictures = Images(_settings.model, _settings.cache)
gate = Gate(_settings.secret)
has_background = _settings.background == "on"
"""Whether `upstream` does something after its answer."""


@cache
def fetcher() -> "UpstreamClient":
    """The client of the upstream. The first call imports httpx: half a second."""
    from targets.apps.upstream_client import UpstreamClient

    return UpstreamClient(_settings.upstream_url, shared=_settings.client == "shared")


def note_after() -> None:
    """The background task after an answer of `upstream`. Blocks."""
    from targets.apps import upstream_client

    upstream_client.note_after(_settings.folder)


match _settings.workload:
    case "classify":
        pictures.load()
    case "upstream":
        fetcher()
