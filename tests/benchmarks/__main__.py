"""Measures the load engine beside its peers: `python -m tests.benchmarks [SECTION …]`, or `make bench`.

Prints a table for each section; a run of all sections also writes them to RESULTS.md, beside this file.
"""

import argparse
import os
import re
import sys
from pathlib import Path

from targets.errors import AbreastError
from tests.benchmarks.machine import facts, plan_cores
from tests.benchmarks.report import Options
from tests.benchmarks.sections import SECTIONS

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Runs the sections asked for; all by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all by default"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="measured seconds of a round")
    parser.add_argument("--runs", type=int, default=10, help="sessions beside busy loops, for `light`")
    parser.add_argument(
        "--record", action="store_true", help=f"write the sections that are run to {RESULTS.name} in any case"
    )
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"unknown section: {', '.join(sorted(unknown))}; known: {', '.join(SECTIONS)}")
    cores = plan_cores()
    options = Options(cores, arguments.rounds, arguments.seconds, arguments.runs)
    pages = []
    for name in arguments.sections or SECTIONS:
        print(f"{name} …", file=sys.stderr)
        try:
            pages.append(SECTIONS[name](options).markdown())
        except AbreastError as error:
            print(error, file=sys.stderr)
            return error.exit_code
        print(pages[-1])
    if not arguments.sections:
        about = "\n".join(f"- {fact}" for fact in facts(cores))
        RESULTS.write_text(f"# Results of `make bench`\n\n{about}\n\n" + "\n".join(pages))
        print(f"written to {RESULTS.name}", file=sys.stderr)
    elif arguments.record:
        when = f"  \nMeasured on its own: {facts(cores)[0]}, load average {os.getloadavg()[0]:.1f}.\n"
        RESULTS.write_text(with_sections(RESULTS.read_text(), [page.rstrip() + when for page in pages]))
    return 0


def with_sections(results: str, pages: list[str]) -> str:
    """The results with these sections in place of theirs, or at the end where they are new."""
    head, *sections = re.split(r"(?m)^(?=## )", results)
    by_title = {each.partition("\n")[0]: each.rstrip() + "\n\n" for each in (*sections, *pages)}
    return head + "".join(by_title.values()).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
