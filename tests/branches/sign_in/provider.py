"""A small OpenID provider on 127.0.0.1: discovery, authorization, token with PKCE, keys, claims."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "hr-portal", "the client's own secret"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ANOTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """Who would sign in next, and what is wrong with the answer."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "s-1", "preferred_username": "wang"})
    userinfo: dict[str, Any] | None = None
    token: dict[str, Any] = field(default_factory=dict)
    key: Any = KEY
    algorithm: str = "RS256"
    error: str = ""
    asked: list[str] = field(default_factory=list)
    _challenge: str = ""

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        self._challenge = query["code_challenge"]
        assert query["code_challenge_method"] == "S256"
        assert (query["client_id"], query["response_type"]) == (CLIENT_ID, "code")
        answer = {"error": self.error} if self.error else {"code": "a code"}
        return f"{query['redirect_uri']}?{urlencode({**answer, 'state': query['state']})}"

    def exchange(self, form: dict[str, str]) -> dict[str, Any]:
        """The tokens for a code."""
        digest = sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self._challenge
        assert (form["client_id"], form["client_secret"], form["code"]) == (
            CLIENT_ID,
            CLIENT_SECRET,
            "a code",
        )
        now = int(time.time())
        payload = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 60,
            "sub": self.claims["sub"],
        }
        token = jwt.encode(payload | self.token, self.key, self.algorithm, headers={"kid": "key-1"})
        return {"access_token": "an access token", "token_type": "Bearer", "id_token": token}

    def document(self, path: str) -> dict[str, Any]:
        """What is read with GET."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return {"keys": [public | {"kid": "key-1", "alg": "RS256", "use": "sig"}]}
        return self.claims if self.userinfo is None else self.userinfo


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider, listening on a free port."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            provider.asked.append(address.path)
            if address.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(address.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._answer(provider.document(address.path))

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(provider.exchange({name: values[0] for name, values in parse_qs(body).items()}))

        def _answer(self, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
            """Say nothing on the test's terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()
