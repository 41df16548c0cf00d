# SPDX-License-Identifier: EUPL-1.2
"""An OpenID Connect provider in a process of its own: idpyoidc, a library that was certified as a provider.

    python openid_provider.py PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI

Everything of the protocol is idpyoidc's; ours are the addresses, and who is at the browser: `POST /now` with
`user=…` says whom the provider has authenticated. `GET /served` tells how often the token endpoint was asked.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

USERS: dict[str, dict[str, Any]] = {
    "vecina": {"sub": "vecina", "name": "Interesada", "nif": "ES/ES/00000000T"},
    "archivera": {
        "sub": "archivera",
        "name": "Archivera de fuera",
        "roles": ["villa:archivist", "nada:mayor"],
    },
    "provincial": {"sub": "provincial", "name": "Provincial", "roles": ["villa:archivist", "aldea:operator"]},
    "nadie": {"sub": "nadie", "name": "Sin nada"},
    "conocida": {"sub": "conocida", "name": "Conocida", "nif": "11111111H"},
}


def configuration(issuer: str, folder: Path) -> dict[str, Any]:
    """Return what idpyoidc is told."""
    path = "idpyoidc.server"
    everything = {"name": None, "nif": None, "roles": None}
    return {
        "issuer": issuer,
        "httpc_params": {"verify": False},
        "keys": {
            "uri_path": "jwks.json",
            "key_defs": [{"type": "RSA", "use": ["sig"]}, {"type": "EC", "crv": "P-256", "use": ["sig"]}],
        },
        "preference": {
            "subject_types_supported": ["public"],
            "grant_types_supported": ["authorization_code"],
        },
        "add_on": {
            "pkce": {
                "function": f"{path}.oauth2.add_on.pkce.add_support",
                "kwargs": {"essential": True, "code_challenge_method": "S256"},
            }
        },
        "authz": {
            "class": f"{path}.authz.AuthzHandling",
            "kwargs": {
                "grant_config": {
                    "usage_rules": {
                        "authorization_code": {
                            "supports_minting": ["access_token", "id_token"],
                            "max_usage": 1,
                        },
                        "access_token": {},
                    },
                    "expires_in": 600,
                }
            },
        },
        "authentication": {
            "user": {
                "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
                "class": f"{path}.user_authn.user.NoAuthn",
                "kwargs": {"user": "vecina"},
            }
        },
        "claims_interface": {"class": f"{path}.session.claims.ClaimsInterface", "kwargs": {}},
        "endpoint": {
            "provider_config": {
                "path": ".well-known/openid-configuration",
                "class": f"{path}.oidc.provider_config.ProviderConfiguration",
                "kwargs": {"client_authn_method": None},
            },
            "authorization": {
                "path": "authorization",
                "class": f"{path}.oidc.authorization.Authorization",
                "kwargs": {"client_authn_method": None, "response_types_supported": ["code"]},
            },
            "token": {
                "path": "token",
                "class": f"{path}.oidc.token.Token",
                "kwargs": {"client_authn_method": ["client_secret_basic"]},
            },
            "userinfo": {"path": "userinfo", "class": f"{path}.oidc.userinfo.UserInfo", "kwargs": {}},
        },
        "token_handler_args": {
            "key_conf": {"key_defs": [{"type": "oct", "bytes": 24, "use": ["enc"], "kid": "code"}]},
            "code": {"lifetime": 600, "kwargs": {}},
            "token": {"class": f"{path}.token.jwt_token.JWTToken", "kwargs": {"lifetime": 600}},
            "id_token": {"class": f"{path}.token.id_token.IDToken", "kwargs": {"base_claims": everything}},
        },
        "userinfo": {"class": f"{path}.user_info.UserInfo", "kwargs": {"db": USERS}},
        "template_dir": str(folder),
    }


def application(issuer: str, client: tuple[str, str, str]) -> Any:
    """Return idpyoidc's provider behind addresses of ours."""
    from flask import Flask, Response, redirect, request
    from idpyoidc.message.oidc import AccessTokenRequest
    from idpyoidc.server import Server
    from idpyoidc.server.configure import OPConfiguration
    from idpyoidc.server.exception import ClientAuthenticationError

    server = Server(OPConfiguration(configuration(issuer, Path(tempfile.mkdtemp()))))
    context = server.get_context()
    client_id, secret, redirect_uri = client
    context.cdb[client_id] = {
        "client_secret": secret, "redirect_uris": [(redirect_uri, None)], "response_types_supported": ["code"],
        "token_endpoint_auth_method": "client_secret_basic", "allowed_scopes": ["openid", "profile"],
    }  # fmt: skip
    context.keyjar.add_symmetric(client_id, secret)
    app, told = Flask("openid_provider"), {"token": 0}

    def asked(name: str) -> Response:
        endpoint = server.get_endpoint(name)
        http = {
            "headers": {key.lower(): value for key, value in request.headers.items()},
            "method": request.method, "url": request.url, "cookie": [],
        }  # fmt: skip
        given = request.form.to_dict() if request.method == "POST" else request.args.to_dict()
        try:
            parsed = endpoint.parse_request(given, http_info=http)
        except ClientAuthenticationError:
            return Response('{"error": "invalid_client"}', 401, mimetype="application/json")
        if "error" in parsed:
            return Response(parsed.to_json(), 400, mimetype="application/json")
        if name == "token":
            parsed = AccessTokenRequest(**parsed)
        args = endpoint.process_request(parsed, http_info=http)
        if "error" in args:
            return Response(json.dumps(dict(args)), 400, mimetype="application/json")
        if "redirect_location" in args:
            return redirect(args["redirect_location"])
        info = endpoint.do_response(request=parsed, **args)
        if info.get("response_placement", endpoint.response_placement) == "url":
            return redirect(info["response"])
        return Response(info["response"], headers=dict(info["http_headers"]))

    @app.get("/.well-known/openid-configuration")
    def configured() -> Response:
        return asked("provider_config")

    @app.get("/jwks.json")
    def keys() -> Response:
        return Response(context.keyjar.export_jwks_as_json(), mimetype="application/json")

    @app.get("/authorization")
    def authorization() -> Response:
        return asked("authorization")

    @app.post("/token")
    def token() -> Response:
        told["token"] += 1
        return asked("token")

    @app.post("/now")
    def now() -> str:
        context.authn_broker.get_method_by_id("user").user = request.form["user"]
        return "ok"

    @app.get("/served")
    def served() -> dict[str, int]:
        return told

    return app


if __name__ == "__main__":
    port = int(sys.argv[1])
    application(f"http://127.0.0.1:{port}", (sys.argv[2], sys.argv[3], sys.argv[4])).run(
        port=port, threaded=True
    )
