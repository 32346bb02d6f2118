"""A distribution in little room, against a plain sort; and requests of a long run, of which an even sample is kept."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from scenarios.measure.quantiles import ERROR, EXACT_UP_TO, Sketch, quantile, summarised
from scenarios.measure.requests import Kept, Request, Tally, read_client, step_of, tally_of

ZERO_NS = 1_793_600_000_000_000_000


def drawn(n: int, draw=None) -> list[float]:
    draw = draw or random.Random(1)
    return [draw.lognormvariate(3, 1.5) for _ in range(n)]


@pytest.mark.parametrize("n", [0, 1, 19, 20, 1_000, EXACT_UP_TO])
def test_few_values_are_exact(n):
    values = drawn(n)
    assert Sketch(values).quantiles() == summarised(values)


@pytest.mark.parametrize("kind", ["lognormal", "signed", "constant", "zero", "two-humped"])
def test_many_are_within_the_error_of_a_plain_sort(kind):
    draw, n = random.Random(7), 3 * EXACT_UP_TO
    values = {
        "lognormal": drawn(n),
        "signed": [draw.gauss(0.5, 3) for _ in range(n)],
        "constant": [12.5] * n,
        "zero": [0.0] * n,
        "two-humped": [draw.choice((1.0, 900.0)) * draw.uniform(0.9, 1.1) for _ in range(n)],
    }[kind]
    found, ordered = Sketch(values).quantiles(), sorted(values)
    assert (found.n, found.min, found.max) == (n, ordered[0], ordered[-1]) and found.mean == pytest.approx(sum(values) / n)
    for got, share in ((found.p50, 0.5), (found.p95, 0.95), (found.p99, 0.99)):
        # A rank apart is as near: between two humps a quantile has no value of its own.
        near = ordered[int(share * (n - 1)) - 1 : int(share * (n - 1)) + 3]
        assert min(near) - abs(min(near)) * ERROR - 1e-6 <= got <= max(near) + abs(max(near)) * ERROR + 1e-6, share
        if kind == "lognormal":
            assert got == pytest.approx(quantile(ordered, share), rel=2 * ERROR)


def test_it_takes_no_more_room():
    sketch = Sketch(drawn(5 * EXACT_UP_TO))
    assert not sketch._values and len(sketch._buckets) < 3_000


def client_log(path, n: int) -> None:
    lines = [
        {"id": f"{i + 1:032x}", "path": 0, "due_s": i / 100, "sent_s": i / 100}
        | {"done_s": i / 100 + 0.01 + i % 7 / 1e3, "status": "200" if i % 10 else "502"}
        for i in range(n)
    ]
    lines.append({"generator": {"wall_start_ns": ZERO_NS, "elapsed_s": n / 100, "cpu_s": 0.1}})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


@pytest.mark.parametrize(("n", "at_most", "step"), [(40, 100, 1), (100, 100, 1), (101, 100, 2), (999, 100, 16)])
def test_of_a_long_run_an_even_sample_is_kept_and_all_are_counted(tmp_path, n, at_most, step):
    client_log(tmp_path / "client.jsonl", n)
    found, _ = read_client(tmp_path / "client.jsonl", at_most)
    assert step_of(found) == step and at_most / 2 < len(found) <= at_most or step == 1
    assert [int(r.id, 16) - 1 for r in found] == list(range(0, n, step))
    assert found.tally.count == n and found.tally.statuses == dict(Counter("200" if i % 10 else "502" for i in range(n)))
    assert found.tally.latency.quantiles() == summarised([((i / 100 + 0.01 + i % 7 / 1e3) - i / 100) * 1e3 for i in range(n)])
    assert all(r.sent_ns == ZERO_NS + round(r.sent_s * 1e9) for r in found)


def test_a_plain_list_stands_for_itself():
    requests = [Request("a" * 32, 0, 0.0, 0.1, 0.3, "200", ZERO_NS)]
    assert step_of(requests) == 1 and tally_of(requests).count == 1
    kept = Kept(requests)
    kept.tally, kept.step = Tally(requests * 3), 3
    assert step_of(kept) == 3 and tally_of(kept).count == 3
