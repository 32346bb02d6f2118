"""The drawings of soundings: every module here is one, found by its name, as ``show:`` of a fence ``sounding`` has it.

A module has ``draw(found, fleet) -> Exhibit``, a pure function of the soundings and of the wrecks' records, and, where it
rests on those, ``RESTS_ON``, the slugs of the wrecks.
"""
