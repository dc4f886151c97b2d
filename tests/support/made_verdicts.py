"""A verdict, to be varied with `dataclasses.replace`."""

from engine.answers.verdicts.verdict import Verdict

FASTER = Verdict(
    target="fastapi",
    baseline="django-wsgi",
    metric="goodput",
    pairing="turns",
    outcome="better",
    target_label="fastapi",
    baseline_label="django-wsgi",
    ratio=4.1,
    interval=(3.9, 4.4),
    rounds=20,
)
