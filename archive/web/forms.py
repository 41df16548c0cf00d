# SPDX-License-Identifier: EUPL-1.2
"""Forms that only our own pages can send (CSRF).

Every request that changes something and comes with a session needs the session's token, whatever it asks;
one without a session (an API key, the public's code) has nothing that another site could borrow. In
templates: `{{ csrf() }}` gives the hidden field, and nothing to who has no session, so that no cookie is set
before it is needed; the page to enter asks for one all the same (`{{ csrf(True) }}`).

A view that must first say how large a form it takes is marked `@checks_itself` and calls `require_token()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup

from archive.errors import Refused
from archive.web.session import has_session

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OURS: Final = frozenset({"same-origin", "none"})
_MARK: Final = "longeva_checks_its_own_token"

V = TypeVar("V", bound=Callable[..., object])


def install(app: Flask) -> None:
    """Let an application refuse forms that came from elsewhere."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        # as long as the session, whose secret part it is
        WTF_CSRF_TIME_LIMIT=None,
        # our pages send no Referer; Sec-Fetch-Site says the same and cannot be made up by a page
        WTF_CSRF_SSL_STRICT=False,
    )
    CSRFProtect(app)
    app.before_request(_check)
    app.jinja_env.globals["csrf"] = csrf


def csrf(always: bool = False) -> Markup:
    """Return the hidden field of a form; empty where there is no session and none is asked for."""
    if not always and not has_session():
        return Markup()
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def checks_itself(view: V) -> V:
    """Leave it to a view to call `require_token`."""
    setattr(view, _MARK, True)
    return view


def require_token() -> None:
    """Require that this request came from a page of ours.

    Raises:
        Refused: The token is missing, or of another session; or the browser says that another site sent it.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in _OURS:
        raise Refused("another site sent this form")
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError as cause:
        raise Refused("the form is too old, or not of this session: open its page again") from cause


def _check() -> None:
    if request.method in SAFE or request.endpoint is None or not has_session():
        return
    if not getattr(current_app.view_functions.get(request.endpoint), _MARK, False):
        require_token()
