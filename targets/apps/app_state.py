"""What a worker process shares among requests: model, classifier, upstream client, authenticator.

It is made from the settings, and light until first used: no thread, no connection and no heavy import before
a request needs it, except for the session's first workload. What that needs is loaded when the app is
imported, which every server does after the fork.
"""

from functools import cache
from typing import TYPE_CHECKING

from targets.apps.images import Images
from targets.apps.live_settings import LiveSettings
from targets.apps.login import Authenticator
from targets.apps.settings import settings
from targets.apps.slow_model import SlowModel

if TYPE_CHECKING:
    from targets.apps.upstream_client import UpstreamClient

_settings = settings()

slow_model = SlowModel(_settings.model, _settings.model_seconds, LiveSettings(_settings.live_settings))
classifier = Images(_settings.model, _settings.cache)
authenticator = Authenticator(_settings.secret)
has_background = _settings.background == "on"
"""Whether `upstream` runs a task after its answer."""


@cache
def client() -> "UpstreamClient":
    """The client of the upstream. The first call imports httpx: half a second."""
    from targets.apps.upstream_client import UpstreamClient

    return UpstreamClient(_settings.upstream_url, shared=_settings.client == "shared")


def background_task() -> None:
    """The background task after an answer of `upstream`. Blocks."""
    from targets.apps import upstream_client

    upstream_client.background_task(_settings.folder)


match _settings.workload:
    case "classify":
        classifier.load()
    case "upstream":
        client()
