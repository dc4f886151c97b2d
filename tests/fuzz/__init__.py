"""Fuzzers: inputs that nobody would write, by the hundred thousand. `python -m tests.fuzz --help`."""
