"""The options of curl: which take a value, and what becomes of those that a plan has no word for. Pure.

Source: `curl --help all` of curl 7.88 and the manual of curl 8.
"""

from collections.abc import Mapping


def _words(text: str) -> list[str]:
    return text.split()


SHORT: Mapping[str, str] = {
    "A": "user-agent", "C": "continue-at", "D": "dump-header", "E": "cert", "F": "form", "H": "header",
    "K": "config", "P": "ftp-port", "Q": "quote", "T": "upload-file", "U": "proxy-user", "X": "request",
    "Y": "speed-limit", "b": "cookie", "c": "cookie-jar", "d": "data", "e": "referer", "h": "help",
    "m": "max-time", "o": "output", "r": "range", "t": "telnet-option", "u": "user", "w": "write-out",
    "x": "proxy", "y": "speed-time", "z": "time-cond",
    "#": "progress-bar", "0": "http1.0", "1": "tlsv1", "2": "sslv2", "3": "sslv3", "4": "ipv4", "6": "ipv6",
    ":": "next", "B": "use-ascii", "G": "get", "I": "head", "J": "remote-header-name", "L": "location",
    "M": "manual", "N": "no-buffer", "O": "remote-name", "R": "remote-time", "S": "show-error",
    "V": "version", "Z": "parallel", "a": "append", "f": "fail", "g": "globoff", "i": "include",
    "j": "junk-session-cookies", "k": "insecure", "l": "list-only", "n": "netrc", "p": "proxytunnel",
    "q": "disable", "s": "silent", "v": "verbose",
}  # fmt: skip
"""Long names of the short options."""

WITH_VALUE = frozenset(
    _words("""
    abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout
    connect-to continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii data-binary
    data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url
    dump-ca-embed dump-header ech egd-file engine etag-compare etag-save expand-data expand-header
    expand-url expect100-timeout form form-string ftp-account ftp-alternative-to-user ftp-method
    ftp-port ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header help hostpubmd5
    hostpubsha256 hsts interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key key-type krb
    libcurl limit-rate local-port login-options mail-auth mail-from mail-rcpt max-filesize max-redirs
    max-time netrc-file noproxy oauth2-bearer output output-dir parallel-max pass pinnedpubkey preproxy
    proto proto-default proto-redir proxy proxy-cacert proxy-capath proxy-cert proxy-cert-type
    proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey
    proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-user
    proxy1.0 pubkey quote random-file range rate referer request request-target resolve retry
    retry-delay retry-max-time sasl-authzid service-name sigalgs socks4 socks4a socks5
    socks5-gssapi-service socks5-hostname speed-limit speed-time stderr telnet-option tftp-blksize
    time-cond tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace trace-ascii trace-config
    unix-socket upload-file upload-flags url url-query user user-agent variable vlan-priority write-out
    """)
)
"""Long options that take a value."""

ABOUT_OUTPUT = frozenset(
    _words("""
    append create-dirs create-file-mode dump-header fail fail-early fail-with-body help include libcurl
    manual no-buffer no-clobber no-progress-meter output output-dir progress-bar progress-meter
    remote-header-name remote-name remote-name-all remote-time remove-on-error show-error show-headers
    silent skip-existing stderr styled-output suppress-connect-headers test-event trace trace-ascii
    trace-config trace-ids trace-time verbose version write-out xattr buffer clobber disable
    ignore-content-length no-keepalive keepalive-time alpn npn no-alpn no-npn sessionid no-sessionid
    tcp-fastopen tcp-nodelay keepalive http1.1 basic path-as-is disallow-username-in-url
    expect100-timeout junk-session-cookies parallel parallel-immediate parallel-max globoff use-ascii
    raw false-start happy-eyeballs-timeout-ms max-filesize speed-limit speed-time post301 post302
    post303
    """)
)
"""Long options that change nothing of the requests, or nothing that load differs by."""

_VERSIONS = 'requests are sent over HTTP/1.1; http = "2" in the plan sends them over HTTP/2'
_STRAIGHT = "requests go straight to the server"
_NO_CERTIFICATE = "a plan has no client certificates"
_RETRIES = "a failed request is counted, not repeated"
_UNSIGNED = "requests are sent without it"
_ITS_TLS = 'TLS uses Python\'s defaults; ca = "…" in [[target]] names certificate authorities'

INSTEAD: Mapping[str, str] = {
    **dict.fromkeys(
        ("http0.9", "http1.0", "http2", "http2-prior-knowledge", "http3", "http3-only", "alt-svc"), _VERSIONS
    ),
    **dict.fromkeys(
        _words(
            "proxy preproxy proxytunnel proxy1.0 socks4 socks4a socks5 socks5-hostname proxy-user"
            " proxy-header noproxy haproxy-protocol haproxy-clientip"
        ),
        _STRAIGHT,
    ),
    **dict.fromkeys(("resolve", "connect-to", "interface", "dns-servers", "doh-url"), _STRAIGHT),
    **dict.fromkeys(
        ("unix-socket", "abstract-unix-socket"), "requests go to the host and the port of the URL"
    ),
    **dict.fromkeys(("cert", "key", "cert-type", "key-type", "pass"), _NO_CERTIFICATE),
    **dict.fromkeys(
        _words(
            "cacert capath crlfile pinnedpubkey ciphers tls13-ciphers curves tls-max tlsv1 tlsv1.0 tlsv1.1"
            " tlsv1.2 tlsv1.3 sslv2 sslv3 cert-status"
        ),
        _ITS_TLS,
    ),
    **dict.fromkeys(
        ("retry", "retry-all-errors", "retry-connrefused", "retry-delay", "retry-max-time"), _RETRIES
    ),
    **dict.fromkeys(
        ("digest", "ntlm", "ntlm-wb", "negotiate", "anyauth", "aws-sigv4", "delegation", "service-name"),
        f"{_UNSIGNED}: a plan has Basic authentication and bearer tokens",
    ),
    **dict.fromkeys(
        ("netrc", "netrc-file", "netrc-optional"), f"{_UNSIGNED}: passwords are not read from files"
    ),
    **dict.fromkeys(("limit-rate", "rate"), "the plan's think time and stages set the pace"),
    "connect-timeout": "the time to connect counts towards the request's timeout",
    "config": "the options in that file are not read",
    "cookie-jar": "users keep cookies, but none are written to a file",
    "time-cond": "responses would have no body",
    "etag-compare": "responses would have no body",
    "etag-save": "nothing is written to a file",
    "tr-encoding": "responses are read as they arrive",
    "ipv4": "the address that the system prefers is used",
    "ipv6": "the address that the system prefers is used",
    "location-trusted": "redirects are followed on the same server only",
    "variable": "curl's own variables are not read",
}
"""Long options that are left out: what is done instead."""
