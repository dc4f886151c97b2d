"""The slow model: an instant prediction, and a wait in place of a model that takes long.

Only the wait matters for the measurement: awaited on the event loop, in a thread, where the request is
handled (which blocks an event loop), or in a pass that waiting requests share. A server with threads has no
event loop: there, awaited and thread block the request's thread, as blocking does.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import orjson
from pydantic import BaseModel, Field

from targets.apps.batching import Batcher
from targets.apps.live_settings import LiveSettings
from targets.apps.work import Answer
from targets.contract import MAX_FEATURES, MODEL_VERSION

MAX_SECONDS = 30.0
LIVE_SETTING = "model_seconds"
THREADS = 40
"""For the strategy `thread`: as many as FastAPI has for plain functions. The event loop's default pool is
small, and its size depends on the machine."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Features(BaseModel):
    """The input of a prediction."""

    features: Annotated[list[Number], Field(min_length=1, max_length=MAX_FEATURES)]


class SlowModel:
    """The model of one worker process."""

    def __init__(
        self, strategy: str, seconds: float, live_settings: LiveSettings, threads: int = THREADS
    ) -> None:
        """`strategy` is awaited, thread, blocking or batched; `seconds` is the time until a live setting
        changes it."""
        self._strategy = strategy
        self._default_s = seconds
        self._live_settings = live_settings
        self._batcher: Batcher[Features, Answer] = Batcher(self._pass)
        self._threads = ThreadPoolExecutor(threads, "model")

    @property
    def seconds(self) -> float:
        """How long a prediction takes now."""
        return self._live_settings.get(LIVE_SETTING, self._default_s, high=MAX_SECONDS)

    async def predict(self, features: Features) -> Answer:
        """A prediction, for a caller on an event loop."""
        match self._strategy:
            case "thread":
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._threads, time.sleep, self.seconds)
            case "blocking":
                time.sleep(self.seconds)  # noqa: ASYNC251 - the strategy that shows what this does
            case "batched":
                return await asyncio.wrap_future(self._batcher.submit(features))
            case _:
                await asyncio.sleep(self.seconds)
        return predicted(features)

    def predict_here(self, features: Features) -> Answer:
        """A prediction, for a caller with its own thread."""
        if self._strategy == "batched":
            return self._batcher.submit(features).result()
        time.sleep(self.seconds)
        return predicted(features)

    def _pass(self, batch: Sequence[Features]) -> list[Answer]:
        """Waits once for all of them."""
        time.sleep(self.seconds)
        return [predicted(each) for each in batch]


def predicted(features: Features) -> Answer:
    """The prediction: the hyperbolic tangent of the mean, to six places, the same on every CPU."""
    mean = sum(value / len(features.features) for value in features.features)
    prediction = round(math.tanh(mean), 6)
    label = "positive" if prediction >= 0 else "negative"
    return Answer(
        200, orjson.dumps({"prediction": prediction, "label": label, "model_version": MODEL_VERSION})
    )
