"""Requests that are wrong before any field is: HTTP, form, common parameters, signatures. Used by bad_input_test.py.

A row: (what is wrong, make, status, Code, what the answer must hold). `make(port)` gives the request, of bytes or an
Http; what it sends itself comes before.
"""

from bad_fields import CREATE, DEVICE
from server import FORM, VERSION, Http, acs3, rpc, stamp

SECRETS = {
    "two": "first-secret-8c1b",
    "nine": "other-secret-77af",
    "idle": "unused-secret-19d0",
    "all": "any-secret-5e2c",
}
KEYS = [
    {"id": "two", "secret": SECRETS["two"], "projects": ["2"]},
    {"id": "nine", "secret": SECRETS["nine"], "projects": ["9"]},
    {"id": "idle", "secret": SECRETS["idle"], "projects": ["2"], "active": False},
    {"id": "all", "secret": SECRETS["all"], "projects": ["*"]},
]
KEY = ("two", SECRETS["two"])
NINE = ("nine", SECRETS["nine"])
IDLE = ("idle", SECRETS["idle"])
ALL = ("all", SECRETS["all"])


def listing(**options) -> Http:
    return rpc("ListInstances", {}, KEY, **options)


def row(what: str, request: object, status: int, code: str, *said: str) -> tuple:
    """`request`: a function without arguments, called when its turn comes."""
    return (what, lambda port: request(), status, code, said)


def common(what: str, status: int, code: str, *said: str, **change) -> tuple:
    """ListInstances with common parameters set before it is signed."""
    return row(what, lambda: listing(change=change), status, code, *said)


def extra(what: str, name: str, value: str) -> tuple:
    """A common parameter that comes twice, signed so: its second value must not be passed over."""
    return row(what, lambda: rpc("ListInstances", [(name, value)], KEY), 400, "InvalidParameter", name)


NAMED = f"AccessKeyId={KEY[0]}&".encode()
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def body(what: str, text: bytes, status: int, code: str, *said: str, type: str = FORM, query: str = "") -> tuple:
    return row(what, lambda: Http("POST", "/" + query, {"Content-Type": type}, text), status, code, *said)


def query(what: str, text: str, *said: str) -> tuple:
    return row(what, lambda: Http("GET", "/?" + text), 400, "InvalidParameter", *said)


def replay(make) -> object:
    """Sends a request, and gives the same once more."""

    def again(port: int):
        request = make()
        first = request.send(port)
        assert first.status == 200, first
        return request

    return again


def renewed(port: int) -> Http:
    """The nonce of an earlier request under a new time stamp: still a replay."""
    listing(change={"SignatureNonce": "once-and-never-again"}).send(port)
    return rpc("BatchDeleteInstance", {"InstanceIds": "1"}, KEY, change={"SignatureNonce": "once-and-never-again"})


def crlf(*lines: str, rest: bytes = b"") -> bytes:
    return "\r\n".join([*lines, "", ""]).encode() + rest


def in_both() -> Http:
    """A field in the query and, with another value, in the body; signed over both."""
    request = rpc("ListInstances", [("InstanceName", "a"), ("InstanceName", "b")], KEY, where="split")
    first, second = request.body.decode().split("&")
    return Http("POST", f"{request.target}&{first}", request.headers, second.encode())


START = f"Action=ListInstances&Version={VERSION}&Format=JSON"

COMMON_ROWS = [
    common("Action left out", 400, "MissingAction", Action=None),
    common("Action empty", 400, "MissingAction", Action=""),
    common("Action unknown", 404, "InvalidAction.NotFound", Action="StartInstance"),
    common("Action in lower case", 404, "InvalidAction.NotFound", Action="listinstances"),
    common("Action with a blank", 404, "InvalidAction.NotFound", Action="ListInstances "),
    common("Version left out", 400, "MissingVersion", Version=None),
    common("Version of another year", 400, "InvalidVersion", Version="2019-04-30"),
    common("Format unknown", 400, "InvalidParameter.Format", Format="YAML"),
    extra("Action twice", "Action", "BatchDeleteInstance"),
    extra("Version twice", "Version", "2019-04-30"),
    extra("Format twice", "Format", "XML"),
    extra("AccessKeyId twice", "AccessKeyId", "nine"),
    extra("SignatureNonce twice", "SignatureNonce", "another"),
    extra("Timestamp twice", "Timestamp", "2020-01-01T00:00:00Z"),
    row("InstanceName in query and body", in_both, 400, "InvalidParameter", "InstanceName", "'a'", "'b'"),
    *[
        row(f"method {method}", lambda method=method: listing(method=method), 400, "UnsupportedHTTPMethod")
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS")
    ],
    row("method of one's own", lambda: crlf("FETCH / HTTP/1.1", "Host: localhost", "Connection: close"), 400, ""),
    *[
        row(f"path {path}", lambda path=path: Http("GET", f"{path}?{START}"), 404, "InvalidApi.NotFound")
        for path in ("/api", "//", "/index.html", "/../etc/passwd", "/%2e%2e/etc/passwd", "/healthz/x")
    ],
    query("broken %XX", START + "&InstanceName=%ZZ", "InstanceName", "%ZZ"),
    query("half a %XX", START + "&InstanceName=a%4", "InstanceName", "%4"),
    query("% at the end", START + "&InstanceName=%", "InstanceName"),
    query("broken %XX in a name", START + "&Instance%GGName=a", "%GG"),
    query("NUL", START + "&InstanceName=a%00b", "InstanceName", "NUL"),
    query("a byte that is no UTF-8", START + "&InstanceName=%FF", "InstanceName", "UTF-8"),
    query("overlong UTF-8", START + "&InstanceName=%C0%AF", "InstanceName", "UTF-8"),
    query("a surrogate in UTF-8", START + "&InstanceName=%ED%A0%80", "InstanceName", "UTF-8"),
    query("a character cut off", START + "&InstanceName=%E5%90", "InstanceName", "UTF-8"),
    query("beyond the last character", START + "&InstanceName=%F4%90%80%80", "InstanceName", "UTF-8"),
    body("broken %XX", b"InstanceName=%", 400, "InvalidParameter", "InstanceName"),
    body("NUL as it is", b"InstanceName=a\0b", 400, "InvalidParameter", "InstanceName", "NUL"),
    body("a byte that is no UTF-8", b"InstanceName=\xff", 400, "InvalidParameter", "InstanceName", "UTF-8"),
    body("100,001 parameters", NAMED + b"a&" * 100_001, 400, "InvalidParameter", "100000"),
    body("JSON without a Version", b'{"Action":"ListInstances"}', 400, "MissingVersion", type="application/json"),
    body("JSON that is not closed", b'{"Action":', 400, "InvalidParameter", "body", type="application/json"),
    body("a JSON list", b'["ListInstances"]', 400, "InvalidParameter", "body", type="application/json"),
    body("JSON nested deeply", b"[" * 100_000, 400, "InvalidParameter", "body", "32", type="application/json",
         query="?" + NAMED.decode()),
    body("JSON that names a member twice", b'{"Action":"a","Action":"b"}', 400, "InvalidParameter", "Action",
         type="application/json"),
    body("a multipart form", b"--x\r\n\r\nAction\r\n--x--", 400, "MissingAction",
         type="multipart/form-data; boundary=x"),
    body("nothing at all", b"", 400, "MissingAction"),
    row("nothing at all by GET", lambda: Http("GET", "/"), 400, "MissingAction"),
]  # fmt: skip


def fault(what: str, status: int, code: str, *said: str, **after) -> tuple:
    """ListInstances with common parameters set after it was signed."""
    return row(what, lambda: listing(after=after), status, code, *said)


def at(what: str, time: object, code: str) -> tuple:
    """ListInstances with that time stamp, or with what the function gives when its turn comes."""
    said = time if callable(time) else lambda: time
    return row(f"time stamp {what}", lambda: listing(change={"Timestamp": said()}), 400, code)


SIGNATURE_ROWS = [
    *[
        common(f"{name} left out", 400, "Missing" + name, name, **{name: None})
        for name in ("AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp")
    ],
    fault("Signature left out", 400, "MissingSignature", "Signature", Signature=None),
    fault("Signature empty", 400, "MissingSignature", Signature=""),
    fault("a signature of nothing", 400, "SignatureDoesNotMatch", "string to sign is:POST", Signature="AAAA"),
    fault("another nonce than was signed", 400, "SignatureDoesNotMatch", SignatureNonce="x"),
    fault("a parameter that was not signed", 400, "SignatureDoesNotMatch", PageSize="5"),
    fault("another action than was signed", 400, "SignatureDoesNotMatch", Action="DescribeDevices"),
    row("another key's secret", lambda: rpc("ListInstances", {}, ("two", SECRETS["nine"])), 400,
        "SignatureDoesNotMatch"),
    row("another method than was signed", lambda: Http("GET", "/?" + listing().body.decode()), 400,
        "SignatureDoesNotMatch"),
    common("SignatureMethod unknown", 400, "InvalidSignatureMethod", SignatureMethod="HMAC-MD5"),
    common("SignatureVersion 2.0", 400, "InvalidSignatureVersion", SignatureVersion="2.0"),
    row("an unknown key", lambda: rpc("ListInstances", {}, ("nobody", "x")), 404, "InvalidAccessKeyId.NotFound"),
    row("a key in other letters", lambda: rpc("ListInstances", {}, ("TWO", SECRETS["two"])), 404,
        "InvalidAccessKeyId.NotFound"),
    row("a key that is not active", lambda: rpc("ListInstances", {}, IDLE), 400, "InvalidAccessKeyId.Inactive"),
    row("another key's instance", lambda: rpc("BatchDeleteInstance", {"InstanceIds": ["1"]}, NINE), 500,
        "RequestFailed", "InstanceIds", "'1'"),
    row("another key's project", lambda: rpc("ListInstances", {"ProjectId": "2"}, NINE), 500, "RequestFailed",
        "ProjectId", "'2'"),
    row("every project", lambda: rpc("ListInstances", {"ProjectId": "*"}, NINE), 500, "RequestFailed", "ProjectId"),
    row("a create in another project", lambda: rpc("CreateComputeInstance", CREATE | {"ProjectId": "2"}, NINE), 500,
        "RequestFailed", "ProjectId", "'2'"),
    row("a CorpId that is too long", lambda: rpc("CreateDevice", DEVICE | {"CorpId": "2" * 129}, ALL), 500,
        "RequestFailed", "CorpId", "129"),
    row("a ProjectId that is too long", lambda: rpc("ListInstances", {"ProjectId": "2" * 129}, ALL), 500,
        "RequestFailed", "ProjectId", "129"),
    row("a ProjectId with a line feed", lambda: rpc("ListInstances", {"ProjectId": "a\nb"}, ALL), 500,
        "RequestFailed", "ProjectId"),
    at("20 minutes old", lambda: stamp(-20), "InvalidTimeStamp.Expired"),
    at("16 minutes old", lambda: stamp(-16), "InvalidTimeStamp.Expired"),
    at("16 minutes ahead", lambda: stamp(16), "InvalidTimeStamp.Expired"),
    at("of long ago", "1970-01-01T00:00:00Z", "InvalidTimeStamp.Expired"),
    at("without zone", lambda: stamp()[:-1], "InvalidTimeStamp.Format"),
    at("with an offset", lambda: stamp()[:-1] + "+08:00", "InvalidTimeStamp.Format"),
    at("with a fraction", lambda: stamp()[:-1] + ".000Z", "InvalidTimeStamp.Format"),
    at("with a blank for T", lambda: stamp().replace("T", " "), "InvalidTimeStamp.Format"),
    at("of seconds since 1970", "1770000000", "InvalidTimeStamp.Format"),
    at("of month 13", "2026-13-01T00:00:00Z", "InvalidTimeStamp.Format"),
    at("of 30 February", "2026-02-30T00:00:00Z", "InvalidTimeStamp.Format"),
    at("of the year 99999", "99999-01-01T00:00:00Z", "InvalidTimeStamp.Format"),
    ("a request sent twice", replay(lambda: listing()), 400, "SignatureNonceUsed", ()),
    ("a query sent twice", replay(lambda: listing(where="query")), 400, "SignatureNonceUsed", ()),
    ("a nonce sent twice", renewed, 400, "SignatureNonceUsed", ()),
]  # fmt: skip


def header(what: str, status: int, code: str, *said: str, fields: dict | None = None, **options) -> tuple:
    """ListInstances by ACS3."""
    return row("ACS3: " + what, lambda: acs3("ListInstances", fields or {}, options.pop("key", KEY), **options),
               status, code, *said)  # fmt: skip


def lone(what: str, status: int, code: str, *said: str, **after) -> tuple:
    return header(what, status, code, *said, after={name.replace("_", "-"): value for name, value in after.items()})


ACS3_ROWS = [
    lone("x-acs-action left out", 400, "MissingAction", x_acs_action=None),
    lone("x-acs-action unknown", 404, "InvalidAction.NotFound", x_acs_action="StartInstance"),
    lone("x-acs-version left out", 400, "MissingVersion", x_acs_version=None),
    lone("x-acs-version of another year", 400, "InvalidVersion", x_acs_version="2019-04-30"),
    lone("x-acs-date left out", 400, "MissingParameter", "x-acs-date", x_acs_date=None),
    lone("nonce left out", 400, "MissingParameter", "x-acs-signature-nonce", x_acs_signature_nonce=None),
    lone("content hash left out", 400, "MissingParameter", "x-acs-content-sha256", x_acs_content_sha256=None),
    header("date without Z", 400, "InvalidTimeStamp.Format", change={"x-acs-date": "2026-03-01T02:00:00"}),
    header("date a word", 400, "InvalidTimeStamp.Format", change={"x-acs-date": "now"}),
    row("ACS3: old date", lambda: acs3("ListInstances", {}, KEY, change={"x-acs-date": stamp(-16)}), 400,
        "InvalidTimeStamp.Expired"),
    row("ACS3: future date", lambda: acs3("ListInstances", {}, KEY, change={"x-acs-date": stamp(16)}), 400,
        "InvalidTimeStamp.Expired"),
    header("unknown key", 404, "InvalidAccessKeyId.NotFound", key=("nobody", "x")),
    header("inactive key", 400, "InvalidAccessKeyId.Inactive", key=IDLE),
    header("another secret", 400, "SignatureDoesNotMatch", key=("two", SECRETS["nine"])),
    header("another algorithm", 400, "InvalidSignatureMethod", scheme="ACS3-HMAC-SM3"),
    lone("no key", 400, "MissingAccessKeyId", Authorization="ACS3-HMAC-SHA256 SignedHeaders=host,Signature=aa"),
    lone("no signature", 400, "MissingSignature", Authorization="ACS3-HMAC-SHA256 Credential=two,SignedHeaders=host"),
    lone("no signed headers", 400, "MissingSignedHeaders",
         Authorization="ACS3-HMAC-SHA256 Credential=two,Signature=aa"),
    lone("nothing but the scheme", 400, "MissingAccessKeyId", Authorization="ACS3-HMAC-SHA256"),
    lone("another action than was signed", 400, "SignatureDoesNotMatch", x_acs_action="DescribeDevices"),
    lone("another nonce than was signed", 400, "SignatureDoesNotMatch", x_acs_signature_nonce="x"),
    header("nonce not signed", 400, "SignatureDoesNotMatch", unsigned=("x-acs-signature-nonce",)),
    header("date not signed", 400, "SignatureDoesNotMatch", unsigned=("x-acs-date",)),
    header("another body than was signed", 400, "SignatureDoesNotMatch", fields={"PageSize": "5"}, body=b"PageSize=6"),
    header("another project", 500, "RequestFailed", "ProjectId", "'9'", fields={"ProjectId": "9"}),
    header("a wrong field", 500, "RequestFailed", "PageSize", "'101'", fields={"PageSize": "101"}),
    row("ACS3: a field left out", lambda: acs3("BatchDeleteInstance", {}, KEY), 400, "MissingInstanceIds"),
    ("ACS3: a request sent twice", replay(lambda: acs3("ListInstances", {}, KEY)), 400, "SignatureNonceUsed", ()),
]  # fmt: skip


def http(what: str, status: int, *lines: str, rest: bytes = b"", code: str = "InvalidRequest") -> tuple:
    return row("HTTP: " + what, lambda: crlf(*lines, rest=rest), status, code)


HTTP_ROWS = [
    row("HTTP: noise", lambda: bytes(range(256)) * 4, 400, "InvalidRequest"),
    row("HTTP: a TLS hello", lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x11" * 200 + b"\r\n\r\n", 400,
        "InvalidRequest"),
    http("HTTP/2's first words", 400, "PRI * HTTP/2.0", "", "SM"),
    http("no version", 400, "GET /"),
    http("version 3", 400, "GET / HTTP/3.0", "Host: localhost"),
    http("a length that is a word", 400, "POST / HTTP/1.1", "Host: localhost", "Content-Length: many"),
    http("a negative length", 400, "POST / HTTP/1.1", "Host: localhost", "Content-Length: -1"),
    http("two lengths", 400, "POST / HTTP/1.1", "Host: localhost", "Content-Length: 1", "Content-Length: 2", rest=b"ab"),
    http("a length and chunks", 400, "POST / HTTP/1.1", "Host: localhost", "Content-Length: 5", "Transfer-Encoding: chunked",
         rest=b"0\r\n\r\n"),
    http("a chunk of no length", 400, "POST / HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked", rest=b"zz\r\nab\r\n"),
    http("a header without colon", 400, "GET / HTTP/1.1", "Host x"),
    http("20 KB in one header", 431, "GET / HTTP/1.1", "Host: localhost", "X-Long: " + "a" * 20_000,
         code="RequestHeaderTooLarge"),
    http("20 KB of headers", 431, "GET / HTTP/1.1", "Host: localhost", *(f"X-{i}: {'a' * 90}" for i in range(200)),
         code="RequestHeaderTooLarge"),
    http("a target of 20 KB", 431, "GET /?a=" + "a" * 20_000 + " HTTP/1.1", "Host: localhost", code="RequestHeaderTooLarge"),
    http("chunks of 17 MB", 413, f"POST /?{NAMED.decode()} HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked",
         rest=(b"100000\r\n" + b"a" * 0x100000 + b"\r\n") * 17 + b"0\r\n\r\n", code="RequestEntityTooLarge"),
    http("17 MB", 413, "POST / HTTP/1.1", "Host: localhost", f"Content-Length: {17 << 20}", rest=b"a" * (17 << 20),
         code="RequestEntityTooLarge"),
    http("a body said to be endless", 413, "POST / HTTP/1.1", "Host: localhost", "Content-Length: 9223372036854775807",
         code="RequestEntityTooLarge"),
    http("no Host", 400, "GET / HTTP/1.1"),
    http("two Hosts", 400, "GET / HTTP/1.1", "Host: localhost", "Host: localhost"),
    http("an empty Host", 400, "GET / HTTP/1.1", "Host:"),
    http("a Host that is none", 400, "GET / HTTP/1.1", "Host: a/b"),
    *(
        http(f"Transfer-Encoding {coding}", 400, "POST / HTTP/1.1", "Host: localhost", f"Transfer-Encoding: {coding}",
             rest=SMUGGLED)
        for coding in ("gzip", "chunked, gzip", "gzip, chunked", "xchunked", "identity", "chunked;a=b", "")
    ),
    http("two Transfer-Encodings", 400, "POST / HTTP/1.1", "Host: localhost", "Transfer-Encoding: gzip",
         "Transfer-Encoding: chunked", rest=b"0\r\n\r\n"),
    http("chunks of HTTP/1.0", 400, "POST / HTTP/1.0", "Transfer-Encoding: chunked", rest=b"0\r\n\r\n"),
    http("a page of another site", 403, "GET / HTTP/1.1", "Host: localhost", "Origin: http://other.example",
         code="Forbidden"),
    body("100 KB without a key", b"a" * 100_000, 400, "MissingAccessKeyId"),
    body("100 KB that name the key at their end", b"a" * 100_000 + b"&" + NAMED, 400, "MissingAccessKeyId"),
    body("100 KB with an unknown key", b"AccessKeyId=nobody&" + b"a" * 100_000, 404, "InvalidAccessKeyId.NotFound"),
    body("100 KB of an unknown action", NAMED + b"Action=Nothing&" + b"a" * 100_000, 404, "InvalidAction.NotFound"),
    body("17 MB from a client that reads when all is sent", b"a" * (17 << 20), 413, "RequestEntityTooLarge"),
    body("10 MB", NAMED + b"a" * (10 << 20), 413, "RequestEntityTooLarge"),
    body("4 MiB and a byte", NAMED + b"a" * ((4 << 20) + 1 - len(NAMED)), 413, "RequestEntityTooLarge"),
]  # fmt: skip

ROWS = COMMON_ROWS + SIGNATURE_ROWS + ACS3_ROWS + HTTP_ROWS
