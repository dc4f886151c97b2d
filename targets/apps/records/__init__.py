"""The Django app that owns the table of `io`: its model and its migrations. Other ORMs map the same table."""
