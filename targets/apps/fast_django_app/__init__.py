"""Django's routing and views on ASGI, with an ORM that waits without threads for the data."""
