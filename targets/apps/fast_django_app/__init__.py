"""Django's routing and views on ASGI, with an async ORM for the data."""
