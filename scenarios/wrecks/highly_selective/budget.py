"""Two guards against this wreck, to copy into a project of your own: nothing here but SQLAlchemy is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, Select, event
from sqlalchemy.orm import raiseload


@contextmanager
def query_budget(engine: Engine, most: int) -> Iterator[list[str]]:
    """Fail if the block sends more than ``most`` statements, and say which it sent most often."""
    sent: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany):
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
    if len(sent) > most:
        often = "\n".join(f"{count} x {' '.join(statement.split())}" for statement, count in Counter(sent).most_common(3))
        raise AssertionError(f"{len(sent)} statements, where the budget is {most}:\n{often}")


def page_within_budget(client, engine: Engine, path: str, most: int) -> None:
    """Ask a Flask test client for a page that holds several of whatever it lists: one line of a test for each page."""
    with query_budget(engine, most):
        assert client.get(path).status_code == 200


def without_surprises(query: Select) -> Select:
    """Let nothing be loaded but what the query asks for: to touch anything else raises, where lazily it would have sent a statement."""
    return query.options(raiseload("*"))
