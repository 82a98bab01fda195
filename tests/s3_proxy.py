"""A proxy before an S3 server that makes chosen requests go wrong, and remembers all of them.

It forwards what was signed as it was signed: the header Host stays the proxy's.
"""

import hashlib
import hmac
import http.client
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CODES = {
    403: "AccessDenied",
    409: "ConditionalRequestConflict",
    412: "PreconditionFailed",
    500: "InternalError",
    503: "SlowDown",
}
CHANGES = {"PUT", "POST", "DELETE"}


@dataclass
class Fault:
    """What happens to requests of a method whose path matches: a status of CODES instead of the server's answer;
    "cut": the connection breaks in the middle of the upload; "lost": the server does it, the answer does not arrive;
    "failed": the server does it and 500 is answered."""

    action: int | str
    path: str
    method: str = "PUT"
    times: int = 1_000_000
    skip: int = 0


@dataclass
class Seen:
    method: str
    path: str
    key: str  # with which it was signed
    token: str
    status: int | str


@dataclass
class Gate:
    """Requests that wait for each other: none goes on until so many have come."""

    path: str
    barrier: threading.Barrier
    left: int = field(default=0)


class Proxy:
    def __init__(self, port: int):
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.gates: list[Gate] = []
        # Called before and after a change is carried out, with its number and path: tests kill the client here.
        # What `before` says yes to goes no further.
        self.before: Callable[[int, str], bool | None] = lambda number, path: None
        self.after: Callable[[int, str], None] = lambda number, path: None
        self.session: tuple[str, str] | None = None  # token and secret: the server knows no tokens
        self.changes = 0
        self.lock = threading.Lock()
        self.server_port = port
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:  # the client was killed
                    self.close_connection = True

            def do_GET(self):
                proxy.answer(self)

            do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever)
        self.thread.start()

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def reset(self):
        self.faults, self.seen, self.gates, self.changes = [], [], [], 0
        self.before = self.after = lambda number, path: None

    def gather(self, path: str, many: int):
        """The first `many` PUTs of a path arrive at the server together."""
        self.gates.append(Gate(path, threading.Barrier(many, timeout=120), many))

    def statuses(self, path: str, method: str = "PUT") -> list:
        return [one.status for one in self.seen if one.method == method and re.search(path, one.path)]

    def fault_of(self, request) -> Fault | None:
        with self.lock:
            for one in self.faults:
                if one.method != request.command or not re.search(one.path, request.path):
                    continue
                if one.skip > 0:
                    one.skip -= 1
                elif one.times > 0:
                    one.times -= 1
                    return one
        return None

    def barrier_of(self, request) -> threading.Barrier | None:
        with self.lock:
            for one in self.gates:
                if request.command == "PUT" and one.left > 0 and re.search(one.path, request.path):
                    one.left -= 1
                    return one.barrier
        return None

    def answer(self, request):
        request.token = request.headers.get("x-amz-security-token", "")
        fault = self.fault_of(request)
        if fault and fault.action == "cut":
            request.rfile.read(min(100, int(request.headers.get("Content-Length", 0))))
            return self.drop(request, "cut")
        body = read_body(request)
        if fault and isinstance(fault.action, int):
            return self.refuse(request, fault.action)
        if barrier := self.barrier_of(request):
            barrier.wait()
        number = 0
        if request.command in CHANGES:
            with self.lock:
                self.changes += 1
                number = self.changes
            if self.before(number, request.path):
                return self.drop(request, "dropped")
        status, headers, text = self.forward(request, body)
        if number:
            self.after(number, request.path)
        if fault and fault.action == "lost":
            return self.drop(request, "lost")
        if fault and fault.action == "failed":
            return self.refuse(request, 500)
        self.note(request, status)
        self.send(request, status, headers, text)

    def forward(self, request, body):
        if self.session and not take_token_out(request, *self.session):
            return 403, [], b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port)
        connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name.lower() not in ("connection", "expect", "transfer-encoding", "content-length"):
                connection.putheader(name, value)
        if request.command in ("PUT", "POST") or body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        skipped = ("connection", "transfer-encoding", "keep-alive")
        return reply.status, [pair for pair in reply.getheaders() if pair[0].lower() not in skipped], text

    def refuse(self, request, status: int):
        self.note(request, status)
        text = f"<Error><Code>{CODES[status]}</Code><Message>of the test</Message></Error>".encode()
        self.send(request, status, [("Content-Length", str(len(text))), ("Content-Type", "application/xml")], text)

    def send(self, request, status, headers, text):
        request.send_response_only(status)
        for name, value in headers:
            request.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(text)

    def drop(self, request, status: str):
        self.note(request, status)
        request.close_connection = True
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()

    def note(self, request, status):
        found = re.search(r"Credential=([^/]+)/", request.headers.get("Authorization", ""))
        token = getattr(request, "token", "")
        with self.lock:
            self.seen.append(Seen(request.command, request.path, found[1] if found else "", token, status))


def signature(request, signed: list[str], scope: str, secret: str) -> str:
    """As AWS describes its Signature Version 4 for S3."""
    path, _, query = request.path.partition("?")
    pairs = sorted(part if "=" in part else part + "=" for part in query.split("&") if part)
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in signed)
    body = request.headers["x-amz-content-sha256"]
    canonical = "\n".join([request.command, path, "&".join(pairs), headers, ";".join(signed), body])
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashed])
    key = b"AWS4" + secret.encode()
    for word in [*scope.split("/"), to_sign]:
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key.hex()


def take_token_out(request, token: str, secret: str) -> bool:
    """Whether the request has the token and is signed with it; then it is signed anew, without."""
    found = re.match(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), *SignedHeaders=([^,]+), *Signature=(\w+)$",
        request.headers.get("Authorization", ""),
    )
    signed = found[3].split(";") if found else []
    if request.headers.get("x-amz-security-token") != token or "x-amz-security-token" not in signed:
        return False
    if signature(request, signed, found[2], secret) != found[4]:
        return False
    signed.remove("x-amz-security-token")
    del request.headers["x-amz-security-token"]
    words = f"Credential={found[1]}/{found[2]},SignedHeaders={';'.join(signed)}"
    text = f"AWS4-HMAC-SHA256 {words},Signature={signature(request, signed, found[2], secret)}"
    request.headers.replace_header("Authorization", text)
    return True


def read_body(request) -> bytes:
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        body = b""
        while size := int(request.rfile.readline().split(b";")[0], 16):
            body += request.rfile.read(size)
            request.rfile.readline()
        request.rfile.readline()
        return body
    return request.rfile.read(int(request.headers.get("Content-Length", 0)))
