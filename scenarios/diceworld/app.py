"""The application that every wreck sinks: Flask, one engine, one wreck's blueprint."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, request
from sqlalchemy import Engine

from scenarios.diceworld.sessions import keep_sessions


def create_app(engine: Engine, blueprint: Blueprint) -> Flask:
    """Return the dice world serving ``blueprint``. Opens no connection before the first request needs one."""
    app = Flask(__name__)
    keep_sessions(app, engine)
    app.before_request(_refuse_nul)
    app.register_blueprint(blueprint)
    return app


def _refuse_nul() -> None:
    """Answer 400 to a path holding NUL, which no Postgres text can hold."""
    if "\0" in request.path:
        abort(400, "A path cannot hold the character NUL.")
