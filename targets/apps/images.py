"""Answers of the workload `classify`: from an image's bytes to the labels of the classifier.

The option `model` chooses where the forward pass runs: in a thread (`thread`, and `awaited`, since nothing in
it can be awaited), where the request is handled (`blocking`), or in a pass that waiting requests share
(`batched`). Images are decoded in the same place; a batch only shares the forward pass.

The classifier's packages are an extra, and heavy: a worker imports them with its first image, so after the
fork.
"""

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from targets.apps.batching import Batcher
from targets.apps.work import Answer
from targets.contract.models import NO_PICTURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from targets.apps.classifier.model import Classifier, Label, Prepared

MODEL = "EfficientNet-Lite0"


class Images:
    """The classifier of one worker process, loaded with the first image."""

    def __init__(self, strategy: str, folder: Path | None) -> None:
        """`strategy` is awaited, thread, blocking or batched; the model was built in `folder`. Without one,
        as in a target that was started manually, it is built in the working folder."""
        self._strategy = strategy
        self._folder = folder
        self._loading = threading.Lock()
        self._loaded: Classifier | None = None
        self._batcher: Batcher[Prepared, tuple[Label, ...]] = Batcher(self._pass)

    async def classify(self, picture: bytes) -> Answer:
        """The labels of an image, for a caller on an event loop."""
        if self._strategy == "blocking":
            return self.classify_here(picture)
        if self._strategy == "batched":
            waiting = await asyncio.to_thread(self._submitted, picture)
            return waiting if isinstance(waiting, Answer) else _labelled(await asyncio.wrap_future(waiting))
        return await asyncio.to_thread(self.classify_here, picture)

    def classify_here(self, picture: bytes) -> Answer:
        """The labels of an image, for a caller with its own thread."""
        waiting = self._submitted(picture)
        return waiting if isinstance(waiting, Answer) else _labelled(waiting.result())

    def load(self) -> "Classifier":
        """The classifier. Blocks for about a second the first time."""
        with self._loading:
            if self._loaded is None:
                from targets.apps.classifier.build import build
                from targets.apps.classifier.model import Classifier

                self._loaded = Classifier(self._folder or build(Path("classifier")).parent)
            return self._loaded

    def _submitted(self, picture: bytes) -> "Future[tuple[Label, ...]] | Answer":
        """A future of the labels, which is done unless they wait for a batch; or an answer that says what is
        wrong."""
        self.load()
        from targets.apps.classifier.model import NoPictureError, prepare

        try:
            prepared = prepare(picture)
        except NoPictureError:
            return Answer(422, NO_PICTURE)
        if self._strategy == "batched":
            return self._batcher.submit(prepared)
        done: Future[tuple[Label, ...]] = Future()
        done.set_result(self._pass([prepared])[0])
        return done

    def _pass(self, batch: "Sequence[Prepared]") -> "list[tuple[Label, ...]]":
        return self.load().classify(batch)


def _labelled(labels: "tuple[Label, ...]") -> Answer:
    predictions = [{"class": each.number, "label": each.name, "score": each.score} for each in labels]
    return Answer(200, orjson.dumps({"model": MODEL, "predictions": predictions}))
