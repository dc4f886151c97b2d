"""hypercorn's settings that have no option on its command line."""

include_server_header = False
keep_alive_max_requests = 1_000_000_000
"""By default it closes a connection after 1000 requests, unlike the other servers."""
