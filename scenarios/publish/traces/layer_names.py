"""What people call the layers of a request, wherever one is named to a reader."""

from __future__ import annotations

from scenarios.record import LAYERS

_PROPER = {"flask": "Flask", "sqlalchemy": "SQLAlchemy", "postgres": "Postgres"}

NAMES = {layer: _PROPER.get(layer, layer) for layer in LAYERS}
