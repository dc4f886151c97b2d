"""Compares two sessions, or targets of sessions: what makes them not comparable, values, differences."""
