"""What Lighthouse gives a page: how it is asked, and how it is served for that. Lighthouse itself runs in ``invoke bench``."""

from __future__ import annotations

import gzip
import json
import sys
import urllib.request

import pytest

from tests.browser import scores
from tests.browser.server import Packed, served

REPORTS = """
import json, sys
given = json.loads(sys.argv[1])
(path,) = (each.split("=", 1)[1] for each in sys.argv if each.startswith("--output-path="))
open(path, "w").write(json.dumps({"categories": {name: {"score": score} for name, score in given.items()}}))
"""
FULL = {"performance": 0.97, "accessibility": 1, "best-practices": 1, "seo": 0.5}


def reporting(given: dict) -> list[str]:
    return [sys.executable, "-c", REPORTS, json.dumps(given)]


def test_scores_are_of_a_hundred():
    assert scores.score(reporting(FULL), "http://x/") == pytest.approx({"performance": 97, "accessibility": 100, "best-practices": 100, "seo": 50})


def test_a_page_without_a_score_and_a_broken_tool_are_told():
    with pytest.raises(scores.LighthouseMissing, match="None"):
        scores.score(reporting(FULL | {"performance": None}), "http://x/")
    with pytest.raises(scores.LighthouseMissing, match="exit code 3: it broke"):
        scores.score([sys.executable, "-c", "import sys; print('it broke', file=sys.stderr); sys.exit(3)"], "http://x/")


def test_without_npm_it_is_told_and_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(scores.LighthouseMissing, match="npm"):
        scores.find(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_every_package_is_pinned_by_hash_and_no_registry_is_named():
    lock = json.loads((scores.PINNED / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages["node_modules/lighthouse"]["version"] == scores.version()
    assert [name for name, each in packages.items() if "integrity" not in each or "resolved" in each] == []


def test_text_is_packed_for_who_takes_it(tmp_path):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("<p>" + "deep " * 1000, encoding="utf-8")
    (tmp_path / "dot.png").write_bytes(b"no text")
    with served(tmp_path, Packed) as address:

        def asked(path: str, **headers):
            with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers)) as answer:
                return answer.read(), answer.headers["Content-Encoding"]

        plain, coding = asked("page/")
        packed, packed_coding = asked("page/", **{"Accept-Encoding": "gzip, br"})
        assert coding is None and packed_coding == "gzip" and gzip.decompress(packed) == plain and len(packed) < len(plain) / 10
        assert asked("dot.png", **{"Accept-Encoding": "gzip"}) == (b"no text", None)
