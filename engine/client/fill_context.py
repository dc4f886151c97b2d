"""What is known about the user and the request when its slots are filled in. Pure."""

from engine.client.cookies import CookieJar


class FillContext:
    """The values that slots can use when a request is filled in. A user has one, and changes its number,
    cookies and taken values."""

    __slots__ = ("cookies", "is_secure", "number", "rows", "seed", "stride", "taken", "user")

    def __init__(
        self,
        seed: int,
        user: int,
        number: int,
        taken: dict[str, str],
        cookies: CookieJar | None = None,
        *,
        is_secure: bool = False,
        stride: int = 1,
        rows: dict[str, int] | None = None,
    ) -> None:
        self.seed = seed
        self.user = user
        self.number = number
        self.stride = stride
        """What the numbers of successive requests of one load worker are apart."""
        self.taken = taken
        self.cookies = CookieJar() if cookies is None else cookies
        self.is_secure = is_secure
        """Whether it is sent over TLS: some cookies are only sent over TLS."""
        self.rows = {} if rows is None else rows
        """By data file: the row that this request, or an earlier step of its journey, was given."""
