"""The application that every wreck sinks: Flask, one engine, one wreck's blueprint."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, request
from sqlalchemy import Engine
from werkzeug.routing import IntegerConverter

from scenarios.diceworld.sessions import keep_sessions


def create_app(engine: Engine, blueprint: Blueprint) -> Flask:
    """Return the dice world serving ``blueprint``. Opens no connection before the first request needs one."""
    app = Flask(__name__)
    app.url_map.converters["int"] = _Integer
    keep_sessions(app, engine)
    app.before_request(_refuse)
    app.register_blueprint(blueprint)
    return app


class _Integer(IntegerConverter):
    """A number that Postgres' ``integer`` can hold; no page has an address with any other."""

    regex = "[0-9]{1,10}"

    def __init__(self, map, max=2**31 - 1, **options):
        super().__init__(map, max=max, **options)


def _refuse() -> None:
    """Answer 400 to a path holding NUL, which no Postgres text can hold, and to a query that is no text."""
    if "\0" in request.path:
        abort(400, "A path cannot hold the character NUL.")
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        abort(400, "A query is written in UTF-8.")
