"""A page's own style sheets: the ones it needs, and the ones that wait."""

from __future__ import annotations

import pytest

from scenarios.publish.built import links, sheets
from scenarios.publish.built.weight import weigh

LINK = '<link rel="stylesheet" href="{}assets/{}.css">'


@pytest.fixture
def site(tmp_path):
    """Return a site of two pages and two sheets, one for all and one for one of them."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "deep").mkdir()
    (tmp_path / "assets" / "all.css").write_text("p { color: red }\n", encoding="utf-8")
    (tmp_path / "assets" / "ship.css").write_text("/* a ship's */\n.ship :is(.mast, .keel) { color: red }\n" * 40, encoding="utf-8")
    for name, up, body in (("index.html", "", ""), ("deep/index.html", "../", '<p class="ship"><i class="keel"></i></p>')):
        head = "".join(LINK.format(up, sheet) for sheet in ("all", "ship"))
        (tmp_path / name).write_text(f"<html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")
    sheets.spare(tmp_path)
    return tmp_path


def test_a_sheet_that_can_match_nothing_waits(site):
    one, other = (site / "index.html").read_text(encoding="utf-8"), (site / "deep" / "index.html").read_text(encoding="utf-8")
    assert '<link rel="stylesheet" href="assets/ship.css" disabled>' in one and 'assets/all.css">' in one
    assert "disabled" not in other


def test_what_waits_weighs_nothing_and_must_be_there(site):
    assert weigh(site, site / "index.html").css_bytes < weigh(site, site / "deep" / "index.html").css_bytes
    assert links.faults(site) == []
    (site / "assets" / "ship.css").unlink()
    assert [fault.split(":")[0] for fault in links.faults(site)] == ["deep/index.html", "index.html"]


@pytest.mark.parametrize(
    "css, packed",
    [
        ("/* said */\np {\n  color: red; margin: 0 1px;\n}\n", "p{color: red;margin: 0 1px;}"),
        ('p::after { content: " ,  ; /* kept */"; }', 'p::after{content: " ,  ; /* kept */";}'),
        ("a:is(b, c) > d + e { width: calc(1px + 2px) }", "a:is(b,c) > d + e{width: calc(1px + 2px)}"),
        ("@media screen and (max-width: 30em) { p { color: red } }", "@media screen and (max-width: 30em){p{color: red}}"),
    ],
)
def test_a_sheet_is_packed_without_another_meaning(css, packed):
    assert sheets.packed(css) == packed
