"""A session in the admin of a running `hybrid` target, as a person clicks through it."""

from tests.support.har_recorder import RecordingBrowser

ADMIN = "/django/admin/"
USER = PASSWORD = "abreast"


def click_through(tab: RecordingBrowser, url: str) -> None:
    """Logs in, searches a user, changes its name, and looks at the list of groups."""
    tab.open(f"{url}{ADMIN}")
    tab.submit("#login-form", username=USER, password=PASSWORD)
    tab.open(f"{url}{ADMIN}auth/user/")
    tab.submit("#changelist-search", q="abr")
    tab.open(f"{url}{ADMIN}auth/user/1/change/")
    tab.submit("#user_form", first_name="Ann")
    tab.open(f"{url}{ADMIN}auth/group/")
