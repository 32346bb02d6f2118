"""Live figures against plotly's own schema: what it refuses, or would write otherwise, no page may have."""

from __future__ import annotations

import json

import plotly.graph_objects as go


def taken(text: str) -> dict:
    """Return a figure's JSON as a document, as plotly takes it. Raises ValueError for what is not of its schema."""
    document = json.loads(text)
    drawn = go.Figure(data=document["data"], layout=document["layout"]).to_plotly_json()
    drawn["layout"].pop("template", None)
    assert {"data": drawn["data"], "layout": drawn["layout"]} == {"data": document["data"], "layout": document["layout"]}
    return document
