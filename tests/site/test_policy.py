"""The content-security policy of the pages: what it names, and what stops a build."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from scenarios.errors import WreckError
from scenarios.publish.built import policy

META = '<meta http-equiv="Content-Security-Policy" content="wreck-policy">'
PAGE = "<!doctype html><html><head><title>x</title>" + META + "{head}</head><body>{body}</body></html>"


def page(folder, name="index.html", head="", body=""):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGE.replace("{head}", head).replace("{body}", body), encoding="utf-8")
    return path


def said(text: str) -> dict[str, list[str]]:
    """Return a page's policy by directive."""
    content = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    return {words[0]: words[1:] for words in (each.split() for each in content.split(";"))}


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_every_page_names_the_inline_scripts_of_all_and_no_others(tmp_path):
    data = '<script type="application/json">{"no": 1}</script><script src="a.js"></script>'
    one = page(tmp_path, head="<script>one()</script>", body=data)
    two = page(tmp_path, "deep/er/index.html", body="<script>two()\n</script><style>p { color: red }</style>")
    policy.put(tmp_path)
    assert policy.faults(tmp_path) == []
    for path in (one, two):
        found = said(path.read_text(encoding="utf-8"))
        assert sorted(found["script-src"]) == sorted(["'self'", sha256("one()"), sha256("two()\n")])
        assert sorted(found["style-src-elem"]) == sorted(["'self'", sha256(""), sha256("p { color: red }")])
        assert found["default-src"] == ["'none'"]
        assert not any("unsafe" in word for name, words in found.items() for word in words if not name.startswith("style-src"))
        assert found["style-src-elem"].count("'unsafe-inline'") == 0


def test_every_page_of_a_site_has_it_above_all_that_it_rules(built):
    pages = sorted(built.site.rglob("*.html"))
    texts = [each.read_text(encoding="utf-8") for each in pages]
    policies = {re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1] for text in texts}
    assert len(pages) > 4 and len(policies) == 1
    assert policy.PLACEHOLDER not in "".join(policies)
    for text in texts:
        assert text.index("http-equiv") < text.index("<script")
        ran = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        assert all(sha256(each).strip("'") in next(iter(policies)) for each in ran)
    assert policy.faults(built.site) == []


@pytest.mark.parametrize(
    "damage, wanted",
    [
        (lambda text: text.replace(META, ""), "no content-security policy"),
        (lambda text: text, "no content-security policy"),
        (lambda text: text.replace(META, f"<style></style>{META.replace('wreck-policy', 'a')}"), "after"),
        (
            lambda text: text.replace(META, META.replace("wreck-policy", "script-src")).replace("<body>", "<body><script>x()</script>"),
            "not name: 'x()'",
        ),
        (lambda text: text.replace(META, META.replace("wreck-policy", "a")).replace("<body>", '<body onload="x()">'), "<body onload"),
    ],
)
def test_what_stands_against_it_is_told(tmp_path, damage, wanted):
    path = page(tmp_path)
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    found = policy.faults(tmp_path)
    assert len(found) == 1 and found[0].startswith("index.html: ") and wanted in found[0]


def test_a_handler_in_a_page_stops_the_build(project):
    project.write("dives/tin-raft.md", '# Tin raft\n\n<p onclick="alert(1)">Touch me.</p>\n')
    with pytest.raises(WreckError, match=r"dives/tin-raft/index\.html: <p onclick"):
        project.build()
    assert not project.site.exists()
