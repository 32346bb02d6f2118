"""The benchmarks for real, as small as can be: everything starts, is measured, ends, and is written whole or not at all."""

from __future__ import annotations

import dataclasses

import pytest

from scenarios import bench as contract
from scenarios.errors import StackError, WreckError
from scenarios.measure.bench import child, generator, main, probes
from scenarios.wreck import load, slugs
from tests.stack.conftest import processes_of
from tests.unit.bench_factory import SITE

TINY = main.Size(1, 1, 1, 0.1, (50,), 1, "small", 1, 1, 1)


@pytest.fixture
def few_settings(monkeypatch):
    chosen = [each for each in probes.settings() if each.name in (probes.ON, probes.OFF)]
    monkeypatch.setattr(probes, "settings", lambda: chosen)


def test_all_of_it_once(few_settings, cache, tmp_path):
    made = main.bench(tmp_path, lambda builds, begin: SITE, size=TINY)
    assert contract.read(tmp_path).findings.keys() == made.findings.keys()
    by_page = {(each.page, each.setting): each for each in made.probes}
    assert by_page[probes.CHATTY, "on"].statements_per_request == 106 and by_page[probes.QUIET, "on"].statements_per_request == 4
    assert all(each.cpu_ms.value > 1 for each in made.probes)
    assert not made.publishable
    highest_per_s = generator.highest_rate_per_s(load(slug) for slug in slugs())
    assert [each.rate_per_s / highest_per_s for each in made.client] == pytest.approx([5, 10, 20])
    assert all(each.requests == each.answered for each in made.client)
    assert all(made.findings[name].measured.value > 0 for name in ("start-cold", "start-kept", "recorder-time"))
    assert str(cache) not in (tmp_path / contract.FILE).read_text(encoding="utf-8")
    assert processes_of(cache) == [] and not list(cache.glob("runs/*/start/cache*"))


def test_what_fails_leaves_what_was_kept_before(tmp_path, monkeypatch):
    (tmp_path / contract.FILE).write_text("before", encoding="utf-8")

    def fails(*_):
        raise WreckError("the site to build", "a fault", "mend it")

    for part in ("probes.measured", "generator.measured", "start.measured", "recorder.measured"):
        module, name = part.split(".")
        monkeypatch.setattr(getattr(main, module), name, lambda *_: fails())
    with pytest.raises(WreckError, match="a fault"):
        main.bench(tmp_path, fails, size=dataclasses.replace(TINY, start_scale="small"))
    assert (tmp_path / contract.FILE).read_text(encoding="utf-8") == "before"


def test_a_child_that_fails_is_told_by_its_last_words(folder):
    with pytest.raises(StackError, match="No module named scenarios.nothing"):
        child.ended("a child", "scenarios.nothing", [], folder / "log")


def test_one_that_does_not_end_is_ended(folder):
    with pytest.raises(StackError, match="it goes on"):
        child.ended("a child", "http.server", ["--bind", "127.0.0.1", "0"], folder / "log", deadline_s=1)
