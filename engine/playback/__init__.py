"""Plays sessions back: reads a journal, keeps a position in it, and gives the snapshot there."""
