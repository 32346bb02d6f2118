"""The fence ``api``: a reference from documentation, and nothing that is not documented."""

from __future__ import annotations

import html
import re

import pytest

from scenarios import claims, wreck
from scenarios.errors import UsageError
from scenarios.publish.api import offers, render


def test_every_field_of_a_declaration_is_told_with_its_default():
    arm = offers("scenarios.wreck")["Arm"]
    assert [entry.name for entry in arm.entries] == list(wreck.Arm.__dataclass_fields__)
    told = {entry.name: entry for entry in arm.entries}
    assert told["name"].default is None and told["prepare"].default == "()" and told["removes"].default == "None"
    assert told["handler"].about == "The function in ``routes.py`` that answers in this arm."
    assert {entry.name: entry.default for entry in offers("scenarios.wreck")["Wreck"].entries}["logbook"] == "{}"


def test_fields_that_a_record_may_lack_say_so():
    entries = {entry.name: entry.default for entry in offers("scenarios.record")["Round"].entries}
    assert entries["rows_per_request"] == "None" and entries["phases"] == "{}" and entries["requests"] is None


def test_functions_are_told_with_their_parameters():
    text = render({"module": "scenarios.claims", "names": "ratio"})
    assert "ratio(experiment: str, over: str, under: str, path: str=&#x27;latency_ms.p50&#x27;) -&gt; Measure" in text
    assert '<h3 id="api-ratio">' in text and "<code>over / under</code> of <code>path</code>" in text


def test_what_is_private_or_says_nothing_is_not_told():
    found = offers("scenarios.claims")
    assert not [name for name in found if name.startswith("_")] and "phase_value" in found
    assert set(found) <= set(vars(claims))


def test_documentation_is_text(tmp_path, monkeypatch):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "odd.py").write_text('def f(a: "<b>" = 1):\n    """A <script> in ``<code>``."""\n', encoding="utf-8")
    monkeypatch.setattr("scenarios.publish.api.ROOT", tmp_path)
    text = render({"module": "scenarios.odd"})
    assert set(re.findall(r"</?([a-z0-9]+)", text)) == {"h3", "code", "p"} and "A <script>" in html.unescape(text)


@pytest.mark.parametrize(
    "options, wanted",
    [
        ({}, "'module: ...'"),
        ({"module": "scenarios.wrek"}, "'scenarios.wreck'"),
        ({"module": "scenarios./etc/passwd"}, "a module of ours"),
        ({"module": "scenarios.wreck", "names": "Arn"}, "'Arm'"),
        ({"module": "scenarios.wreck", "name": "Arm"}, "'names'"),
    ],
)
def test_a_name_that_there_is_not_is_told_with_the_nearest(options, wanted):
    with pytest.raises(UsageError) as stopped:
        render(options)
    assert wanted in str(stopped.value)


def test_the_fence_is_drawn_and_a_wrong_one_stops_the_build_at_its_line(project):
    project.write("index.md", "# Two wrecks\n\n```api\nmodule: scenarios.wreck\nnames: Arm, OpenLoop\n```\n")
    project.build()
    text = (project.site / "index.html").read_text(encoding="utf-8")
    assert '<h3 id="api-arm">' in text and '<h3 id="api-openloop">' in text and "api-wreck" not in text
    project.write("index.md", "# Two wrecks\n\n```api\nmodule: scenarios.wreck\nnames: Arn\n```\n")
    with pytest.raises(UsageError, match=r"^docs/index.md:\d: wanted something that scenarios.wreck offers"):
        project.build()
