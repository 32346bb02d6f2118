"""What gunicorn serves: one arm of one wreck, put together from environment variables alone.

WRECK_SLUG           the wreck
WRECK_HANDLER        the function of its ``routes.py`` that answers
WRECK_DATABASE_URL   SQLAlchemy's URL
WRECK_POOL           the pool of connections as JSON, by wreck.Pool's names; empty or missing for SQLAlchemy's own
WRECK_SPANS          the folder that spans are written to; empty or missing for no probes
WRECK_MEMORY         not empty: each request's effect on the worker's memory is read too
WRECK_PROBES_OFF     probes to leave out, parted by blanks: to learn what each costs
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict

from flask import Flask
from sqlalchemy import create_engine

from scenarios.diceworld.app import create_app
from scenarios.measure.stack.fence import OFFERING, offer_itself
from scenarios.wreck import Pool, routes_of

SLUG, HANDLER, DATABASE_URL, SPANS, MEMORY = "WRECK_SLUG", "WRECK_HANDLER", "WRECK_DATABASE_URL", "WRECK_SPANS", "WRECK_MEMORY"
PROBES_OFF, POOL = "WRECK_PROBES_OFF", "WRECK_POOL"


def build(environment: Mapping[str, str] = os.environ) -> Flask:
    """Return the application that ``environment`` describes. Opens no connection."""
    routes = routes_of(environment[SLUG])
    engine = create_engine(environment[DATABASE_URL], **_pool(environment.get(POOL)))
    # The workers are forked from one process: each must have connections of its own.
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    if environment.get(OFFERING):
        os.register_at_fork(after_in_child=offer_itself)
    app = create_app(engine, routes.blueprint(getattr(routes, environment[HANDLER])))
    if spans := environment.get(SPANS):
        from scenarios.measure.probes.spans import instrument

        instrument(app, engine, spans, watch_memory=bool(environment.get(MEMORY)), but=environment.get(PROBES_OFF, "").split())
    app.add_url_rule("/alive", "alive", lambda: ("alive\n", {"Content-Type": "text/plain"}))
    return app


def said_of(pool: Pool | None) -> str:
    """Return a pool as ``WRECK_POOL`` has it."""
    return json.dumps(asdict(pool)) if pool else ""


def _pool(said: str | None) -> dict:
    """Return ``create_engine``'s own names for it."""
    if not said:
        return {}
    pool = Pool(**json.loads(said))
    return {"pool_size": pool.size, "max_overflow": pool.max_overflow, "pool_timeout": pool.timeout_s}
