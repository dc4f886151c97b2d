"""Runs the fuzzers: `python -m tests.fuzz [NAME …] [--inputs N]`; ends with 1 where one found something."""

import argparse
import random
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.fuzz.answers import Answers
from tests.fuzz.baselines import Baselines
from tests.fuzz.bundles import Bundles
from tests.fuzz.command_lines import CommandLines
from tests.fuzz.harness import Fuzzer, fuzz
from tests.fuzz.imports import Imports
from tests.fuzz.journals import Journals
from tests.fuzz.plans import Plans
from tests.support import examples


class Share(NamedTuple):
    """A fuzzer, and how many of a hundred inputs are its own."""

    fuzzer: Callable[[], Fuzzer[Any]]
    percent: int


FUZZERS = {
    "plans": Share(Plans, 12),
    "answers": Share(Answers, 63),
    "journals": Share(Journals, 5),
    "bundles": Share(Bundles, 1),
    "baselines": Share(Baselines, 1),
    "command-lines": Share(CommandLines, 12),
    "imports": Share(Imports, 6),
}
"""Shares by what an input costs: an answer takes a hundredth of the time of a journal."""


def main() -> int:
    """Says for each fuzzer how it went, and every finding with how to see it again."""
    asked = _parser().parse_args()
    print(f"seed {asked.seed}", flush=True)
    names = asked.names or list(FUZZERS)
    percent = sum(FUZZERS[name].percent for name in names)
    is_good, began = True, time.monotonic()
    for name in names:
        share = FUZZERS[name]
        inputs = 1 if asked.only is not None else max(asked.inputs * share.percent // percent, 1)
        within_s = asked.minutes * 60 / len(names)
        outcome = fuzz(
            share.fuzzer(), seed=asked.seed, inputs=inputs, first=asked.only or 0, within_s=within_s
        )
        print(outcome.line(name), flush=True)
        for finding in outcome.findings.values():
            print(finding.text(name), flush=True)
        is_good = is_good and not outcome.findings and not outcome.grew
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    return 0 if is_good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*FUZZERS, []], help=", ".join(FUZZERS))
    parser.add_argument("--inputs", type=int, default=10_000, help="of all fuzzers together")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="at most, each the same part")
    seed = examples.SEED if examples.ARE_THE_SAME else random.randrange(2**32)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--only", type=int, help="the input of this number alone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
