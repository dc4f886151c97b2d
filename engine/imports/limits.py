"""What an import takes at most. Pure.

A source may be any file: its size is checked before it is read, its depth while it is.
"""

MAX_SOURCE_BYTES = 256 * 1024 * 1024
"""Of any source; logs and HAR files are the large ones."""

MAX_COMMAND_BYTES = 4 * 1024 * 1024
"""Of curl commands: more than any shell takes."""

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""Of an OpenAPI document or a collection: all of it is held in memory."""

MAX_DEPTH = 100
"""Levels of nested lists and tables, folders and references."""

MAX_NOTES = 200
"""Notes of one import that are kept; further ones are counted."""
