"""Builds the classifier's model: `python -P -m targets.apps.classifier --build FOLDER`."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from targets.apps.classifier.build import BuildError, build


def main() -> int:
    """The exit code: 0, or 1 with the reason on standard error."""
    parser = ArgumentParser(
        prog="targets.apps.classifier", description="Builds the model that the targets classify with."
    )
    parser.add_argument(
        "--build", type=Path, required=True, metavar="FOLDER", help="where the model is stored"
    )
    try:
        print(build(parser.parse_args().build))
    except (BuildError, ImportError, OSError) as error:
        print(f"the classifier cannot be built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
