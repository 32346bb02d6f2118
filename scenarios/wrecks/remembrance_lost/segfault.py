"""Kills Python 3.11, with nothing but its own library. Later ones, and 3.10, print ``alive``.

An object whose attributes fill the room its class has for them gets a dict when another comes.
Making one takes memory, in 3.11 taking memory may start the collector there and then, the collector
may call back whoever watches what it frees, and here the callback sets an attribute of the very
object whose dict is being made. Two dicts then own the same values, which are freed twice.
"""

import gc
import weakref


class Row:
    def __init__(self):
        self.itself = self  # A circle: only the collector can free it.


class Note:
    """Watches a row, as an object-relational mapper does."""

    def __init__(self, row):
        self.key = ("Row", object())
        self.row = weakref.ref(row, self.row_is_gone)

    def row_is_gone(self, _):
        self.late = None


for _ in range(20):
    gc.disable()
    notes = iter([Note(Row()) for _ in range(2000)])
    Note(Row()).other = None  # After some thirty objects their class has room for one name more, and this one takes it.
    gc.enable()
    for note in notes:
        note.late = None  # No room for this name: a dict is made, memory is taken, garbage is collected.
    del note, notes
    gc.collect()
print("alive")
