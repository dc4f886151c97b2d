"""Exports sessions in formats that other programs can open, using only the sessions' records."""
