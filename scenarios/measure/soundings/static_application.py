"""A Flask application that does nothing but hand out files: what gunicorn serves beside nginx's own."""

from __future__ import annotations

import os
from collections.abc import Mapping

from flask import Flask

FOLDER = "SOUNDING_STATIC_FOLDER"
PREFIX = "/from-flask"


def build(environment: Mapping[str, str] = os.environ) -> Flask:
    """Return the application that serves the files of a folder, which ``environment`` names."""
    app = Flask(__name__, static_folder=environment[FOLDER], static_url_path=PREFIX)
    app.add_url_rule("/alive", "alive", lambda: ("alive\n", {"Content-Type": "text/plain"}))
    return app
