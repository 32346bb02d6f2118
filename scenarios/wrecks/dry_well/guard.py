"""A guard against this wreck, to copy into a project of your own: nothing here but SQLAlchemy is needed."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine


def one_connection(url: str) -> Engine:
    """Return an engine that lends one connection, and to whoever wants a second says no at once.

    Run the tests of your pages on it: code that holds a connection while it asks for another fails there, every time.
    """
    return create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0)
