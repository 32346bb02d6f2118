"""The list of latencies on this machine: each row that can be measured from here, and why the others cannot."""

from __future__ import annotations

from scenarios.measure.soundings import disk, hardware, interpreter, request, round_trips, statements
from scenarios.measure.soundings.place import AS_LOADED, Begin, Place, Size
from scenarios.soundings import Sounding

SLUG = request.SLUG
"""The wreck whose page is asked for."""


def measured(place: Place, size: Size, begin: Begin) -> dict[str, Sounding]:
    """Return every row, named ``deep-...``. Raises StackError where a server does not start or answer."""
    begin("latencies of processor and memory")
    found = hardware.measured(size)
    begin("latencies of the interpreter")
    found |= interpreter.measured(size)
    begin("latencies of the disk")
    found |= disk.measured(place.folder, size)
    begin("round trips within this machine")
    found |= round_trips.measured(size)
    with place.world.fresh(AS_LOADED) as database:
        begin("latencies of single statements")
        found |= statements.measured(database, size)
        begin("latency of a whole request")
        found |= request.measured(database, place.folder, size)
    return found
