"""How often one request of the application does what folk wisdom is about: counted, instruction by instruction.

Run as ``python -m scenarios.measure.soundings.counted FOLDER PATH...`` in the environment that the application is built from:
it answers each path once unwatched, once with every bytecode instruction traced, writes the pages to FOLDER and prints
the counts.
"""

from __future__ import annotations

import dis
import functools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import TypeVar

from scenarios.errors import StackError
from scenarios.measure.stack import application

WATCHED = {"LOAD_GLOBAL": "globals", "CONTAINS_OP": "memberships"}
"""Instructions to what they are counted as. CPython's own names, the same from 3.11 to 3.14."""
COUNTS = (*WATCHED.values(), "pieces")
Answer = TypeVar("Answer")


class Instructions:
    """Counts the instructions of ``WATCHED`` that are executed, in anybody's code. For one thread."""

    def __init__(self):
        self.counts: Counter[str] = Counter()
        self._known: dict[int, tuple[CodeType, dict[int, str]]] = {}

    def of(self, action: Callable[[], Answer]) -> Answer:
        """Return what ``action`` returns, every instruction of the frames that it opens counted."""
        # sys.settrace tells of instructions too, but from 3.12 to 3.13 not of those of a frame's first turn.
        return self._monitored(action) if hasattr(sys, "monitoring") else self._traced(action)

    def _monitored(self, action: Callable[[], Answer]) -> Answer:
        monitoring, here = sys.monitoring, sys._getframe().f_code
        tool, event = monitoring.PROFILER_ID, monitoring.events.INSTRUCTION

        def reached(code: CodeType, offset: int):
            name = None if code is here else self._watched(code).get(offset)
            if name is None:
                return monitoring.DISABLE  # Of this one place.
            self.counts[name] += 1

        monitoring.use_tool_id(tool, __name__)
        try:
            monitoring.register_callback(tool, event, reached)
            monitoring.restart_events()
            monitoring.set_events(tool, event)
            return action()
        finally:
            monitoring.set_events(tool, 0)
            monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)

    def _traced(self, action: Callable[[], Answer]) -> Answer:
        sys.settrace(self._called)
        try:
            return action()
        finally:
            sys.settrace(None)

    def _called(self, frame: FrameType, _event: str, _argument):
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._reached

    def _reached(self, frame: FrameType, event: str, _argument):
        if event == "opcode" and (name := self._watched(frame.f_code).get(frame.f_lasti)):
            self.counts[name] += 1
        return self._reached

    def _watched(self, code: CodeType) -> dict[int, str]:
        """Return what is counted at which offset. By identity: hashing code means hashing all that is in it."""
        if id(code) not in self._known:
            self._known[id(code)] = code, dict(_offsets(code))
        return self._known[id(code)][1]


def _offsets(code: CodeType) -> Iterator[tuple[int, str]]:
    """Yield where in the code each watched instruction is told of, and as what it counts."""
    first = None
    for each in dis.get_instructions(code):
        if each.opname == "EXTENDED_ARG":
            first = each.offset if first is None else first
            continue
        if each.opname in WATCHED:
            # A trace tells of one in several parts at its first part, monitoring at its last.
            yield each.offset if first is None or hasattr(sys, "monitoring") else first, WATCHED[each.opname]
        first = None


class Joined:
    """Joins what a template yields, as Jinja would, and counts the pieces."""

    def __init__(self):
        self.pieces = 0

    def __call__(self, pieces: Iterable[str]) -> str:
        kept = list(pieces)
        self.pieces += len(kept)
        return "".join(kept)


def main(folder: Path, paths: list[str]) -> dict[str, list[int]]:
    """Return each of ``COUNTS`` for each path; write the pages. Raises StackError for an answer that is none."""
    app = application.build()
    app.jinja_env.concat = joined = Joined()
    plain, client = app.wsgi_app, app.test_client()
    instructions = Instructions()
    watched = functools.partial(_watched, instructions, plain)
    found: dict[str, list[int]] = {name: [] for name in COUNTS}
    for number, path in enumerate(paths):
        client.get(path)  # Unwatched: templates and statements are compiled once a process, not once a request.
        instructions.counts.clear()
        before, app.wsgi_app = joined.pieces, watched
        answer = client.get(path)
        app.wsgi_app = plain
        if answer.status_code != 200:
            raise StackError(f"an answer to {path}", f"status {answer.status_code}", "see the log")
        (folder / f"page-{number}.html").write_bytes(answer.data)
        found["pieces"].append(joined.pieces - before)
        for name in WATCHED.values():
            found[name].append(instructions.counts[name])
    return found


def _watched(instructions: Instructions, application_, environ, start_response):
    """Answer as the application does, from where a server hands it the request; the client's own work does not count."""
    return instructions.of(functools.partial(application_, environ, start_response))


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2:])))
