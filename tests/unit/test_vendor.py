"""The vendored plotly is the file it says it is, and the one that plotly.py draws for."""

import hashlib
import re
from pathlib import Path

import plotly.offline

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
VENDOR = ASSETS / "vendor"


def note(field: str) -> str:
    """Return a field of the folder's README."""
    return re.search(rf"^{field}\s+([^\s,]+)", (VENDOR / "README.txt").read_text(encoding="utf-8"), re.MULTILINE).group(1)


def bundle() -> Path:
    """Return the only script in the folder."""
    (script,) = VENDOR.glob("*.js")
    return script


def test_the_bytes_are_the_published_ones():
    assert hashlib.sha256(bundle().read_bytes()).hexdigest() == note("sha256")


def test_the_version_is_plotly_pys():
    assert note("version") == plotly.offline.get_plotlyjs_version()
    assert f"v{note('version')}\n" in bundle().read_text(encoding="utf-8")[:200]


def test_the_script_loads_this_file():
    assert f'"vendor/{bundle().name}"' in (ASSETS / "wreck.js").read_text(encoding="utf-8")


def test_its_licence_lies_beside_it():
    assert "MIT License" in (VENDOR / "plotly-LICENSE.txt").read_text(encoding="utf-8")
