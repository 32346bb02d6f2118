"""What every handler of the dice world needs: a session to ask, and an answer to give."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from flask import Flask, Response, current_app, g, render_template, request
from sqlalchemy import Engine, Row
from sqlalchemy.orm import Session

_ENGINE = "diceworld-engine"


def keep_sessions(app: Flask, engine: Engine) -> None:
    """Let the requests of ``app`` have sessions on ``engine``. Connects to nothing yet."""
    app.extensions[_ENGINE] = engine
    app.teardown_appcontext(_close)


def session() -> Session:
    """Return this request's session, opened when first asked for and closed with the request."""
    if "session" not in g:
        g.session = Session(current_app.extensions[_ENGINE])
    return g.session


def _close(_error: BaseException | None) -> None:
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()


def answer(template: str, /, as_data: Callable[..., Mapping] | None = None, **data) -> Response | str:
    """Return ``data`` as a page, or under ``?format=json`` as canonical JSON.

    Equal data gives equal bytes: by the JSON it can be shown that two handlers answer alike.
    ``as_data`` turns what only a template can walk, such as mapped objects, into plain data first.
    """
    if request.args.get("format") == "json":
        return Response(canonical_json(as_data(**data) if as_data else data), mimetype="application/json")
    return render_template(template, **data)


def canonical_json(data) -> str:
    """Return JSON with sorted keys and exact numbers: decimals and floats as strings, ``2.50`` unlike ``2.5``.

    Raises TypeError for what has no plain form, such as a mapped object.
    """
    return json.dumps(_plain(data), sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"


def _plain(value):
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return str(value)
        case float():
            return repr(value)
        case date():
            return value.isoformat()
        case Row():
            return {key: _plain(item) for key, item in value._mapping.items()}
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    raise TypeError(f"no canonical JSON for {type(value).__name__}")
