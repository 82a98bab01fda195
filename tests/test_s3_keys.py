"""Keys of a lake in a bucket as a container's role gives them, and certificates of one's own.

They run in `make check`, which builds the server (tests/s3_server.py).
"""

import datetime
import json
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from s3_proxy import Proxy
from s3_server import (
    KEY,
    LOAD,
    NO_KEYS,
    SECRET,
    BucketSignals,
    Server,
    bucket,
    names,
    needs_server,
    proxy,
    server,
    write_bars,
)

pytestmark = needs_server


class Role:
    """Answers as the service that gives a container its keys: `keys` in turn, the last again and again."""

    def __init__(self):
        self.keys, self.asked = [], []
        role = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                role.asked.append(self.headers.get("Authorization"))
                key, secret, token = role.keys[min(len(role.asked), len(role.keys)) - 1]
                soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)
                text = json.dumps(
                    {
                        "AccessKeyId": key,
                        "SecretAccessKey": secret,
                        "Token": token,
                        "Expiration": soon.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    }
                ).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever)
        self.thread.start()

    def environment(self) -> dict[str, str]:
        return NO_KEYS | {
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{self.http.server_port}/role",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in",
        }

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def role():
    one = Role()
    yield one
    one.close()


def test_keys_of_a_role_are_renewed_while_a_run_goes_on(role, tmp_path):
    """The first keys end in the middle of the commit: those that the role gives next are taken."""
    server = Server(tmp_path / "server", accounts=[("FIRST", "one"), ("SECOND", "two")])
    proxy = Proxy(server.port)
    try:
        signals = BucketSignals(tmp_path, server, url=proxy.url)
        write_bars(tmp_path, "AA")
        many = 4
        role.keys = [("FIRST", "one", "")] * many + [("SECOND", "two", "")]
        signals.run(*LOAD, env=role.environment())
        assert set(role.asked) == {"let me in"}
        assert len(role.asked) > many
        changes = [one.key for one in proxy.seen if one.method == "PUT" and one.path.endswith((".avro", ".json"))]
        assert changes[-1] == "SECOND"
        assert names(signals) == ["AA"]
    finally:
        proxy.close()
        server.close()


def test_a_session_token_is_sent_and_signed(bucket, proxy, role):
    role.keys = [(KEY, SECRET, "a session")]
    proxy.session = ("a session", SECRET)
    bucket.run(*LOAD, env=role.environment())
    assert {one.token for one in proxy.seen} == {"a session"}
    assert {"PUT", "GET"} <= {one.method for one in proxy.seen}
    proxy.session = None
    assert names(bucket) == ["AA", "BB", "CC"]


def test_a_role_that_gives_wrong_keys(bucket, role):
    role.keys = [(KEY, "wrong", "")]
    done = bucket.run(*LOAD, "--quiet", env=role.environment(), expect=1)
    assert "the secret does not belong to the access key AKTEST" in done.stderr


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate")
def test_tls_with_a_certificate_of_ones_own(bucket, proxy, server, tmp_path):
    """AWS_CA_BUNDLE counts for reading, listing and committing; without it the server is not trusted."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -keyout key.pem -out cert.pem"
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    proxy.http.socket = context.wrap_socket(proxy.http.socket, server_side=True)
    url = proxy.url.replace("http://", "https://")
    refused = bucket.run(*LOAD, "--quiet", "--s3-endpoint", url, expect=4)
    assert "E3001 cannot list s3://" in refused.stderr
    trusted = {"AWS_CA_BUNDLE": str(tmp_path / "cert.pem")}
    bucket.run(*LOAD, "--s3-endpoint", url, env=trusted)
    bucket.environment["SIGNALS_S3_ENDPOINT"] = server.url
    assert names(bucket) == ["AA", "BB", "CC"]
