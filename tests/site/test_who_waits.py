"""The exhibit of who waits for whom, drawn from made-up readings whose lines are known."""

from __future__ import annotations

import re

import pytest

from scenarios.errors import EvidenceError
from scenarios.publish import exhibit, html
from scenarios.publish.charts.chart import Area, Rule
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibits.who_waits import kinds_at
from scenarios.record import SeriesFile, Waits
from tests.live_figures import taken
from tests.site.neighbour_factory import READINGS

OFFICE, WEB = ("aux", "127.0.0.5"), ("web", "127.0.0.4")
LAST, ALTER, READ = "SELECT id FROM tw_players", "ALTER TABLE tw_players ADD COLUMN nickname text", "SELECT login FROM tw_players"


def waits(who, statement, whom, holds, state, counts) -> Waits:
    (client, address), (holder, holder_address) = who, whom
    counts = (counts + [0] * READINGS)[:READINGS]
    return Waits(
        client=client, address=address, statement=statement, holder=holder, holder_address=holder_address, holder_statement=holds,
        holder_state=state, counts=counts,
    )  # fmt: skip


QUEUE = [
    waits(OFFICE, ALTER, OFFICE, LAST, "idle in transaction", [0, 1, 1, 1]),
    waits(WEB, READ, OFFICE, ALTER, "active", [0, 0, 3, 5, 2]),
]


@pytest.fixture
def drawn(project):
    """Draw the exhibit with these waits in place of the readings' own."""

    def draw(found: list[Waits], **options):
        dive = Fleet(project.site_data, project.wrecks).dive("paper-boat")
        runs = [s.model_copy(update={"waits": found}) for s in dive.series.runs if s.experiment == "neighbour"]
        dive.__dict__["series"] = SeriesFile(runs=runs)
        return exhibit.draw(dive, "who-waits", {"experiment": "neighbour", **options})

    return draw


def test_a_line_behind_an_idle_transaction_is_told_from_its_head(drawn):
    found = drawn(QUEUE)
    assert found.title == "6 sessions wait for a lock: one for a transaction that idles, 5 for one that waits itself"
    shown = html.exhibit_html(found, "paper-boat", "x", "")
    line = re.sub(r"<[^>]+>", " ", found.html)
    assert re.search(r"aux.*is idle in transaction.*1 × aux.*waits:.*ALTER.*5 × web.*wait:", " ".join(line.split()))
    assert found.html.count("<ul>") == found.html.count("</ul>") == 3 and "<svg" in shown
    assert [(row[0], row[-1]) for row in found.table.rows] == [("web 127.0.0.4", "5"), ("aux 127.0.0.5", "1")]
    assert taken(html.figure_file("x", found)[1])["data"] and "n = 24 readings" in found.caption


def test_over_time_they_stack_by_what_they_wait_for(drawn):
    found = drawn(QUEUE, title="In line")
    idle, line, work = (m for m in found.chart.marks if isinstance(m, Area))
    assert idle.name == "wait for a transaction that idles" and idle.y[:5] == (0, 1, 1, 1, 0)
    assert line.name == "wait for one that waits itself" and line.y[:5] == (0, 0, 3, 5, 0)
    # At the fifth reading the migration waits no more.
    assert work.name == "wait for one at work" and work.y[:5] == (0, 0, 0, 0, 2)
    assert found.title == "In line" and sum(isinstance(m, Rule) for m in found.chart.marks) == 2


def test_who_is_waited_for_and_does_not_wait_is_at_work(drawn):
    found = drawn([waits(WEB, READ, OFFICE, ALTER, "active", [1])])
    assert found.title == "One session waits for one at work"
    assert "is at work:" in found.html


def test_a_ring_ends(drawn):
    ring = [waits(WEB, READ, OFFICE, ALTER, "active", [1]), waits(OFFICE, ALTER, WEB, READ, "active", [1])]
    found = drawn(ring)
    assert found.title == "2 sessions wait for one that waits itself" and found.html.count("<li>") == 3


def test_whom_nobody_knows_is_somebody(drawn):
    found = drawn([waits(WEB, READ, ("", ""), "", "", [1])])
    assert "<strong>somebody</strong> is no client’s session." in found.html and found.table.rows[0][2] == "no client"


def test_what_a_session_says_is_text(drawn):
    bad = ("<b>x", "127.0.0.5")
    found = drawn([waits(bad, "SELECT '<i>'", bad, "UPDATE '<u>'", "idle in transaction", [1])])
    assert not re.search(r"<[biu]>", html.exhibit_html(found, "paper-boat", "x", ""))


def test_where_nobody_waits_there_is_nothing_to_draw(drawn):
    with pytest.raises(EvidenceError, match="wait for each other"):
        drawn([])


def test_a_holder_in_line_is_told_by_reading(project):
    dive = Fleet(project.site_data, project.wrecks).dive("paper-boat")
    series = next(s for s in dive.series.runs if s.experiment == "neighbour").model_copy(update={"waits": QUEUE})
    assert kinds_at(series, 3) == {"idle": 1, "line": 5, "work": 0} and kinds_at(series, 4) == {"idle": 0, "line": 0, "work": 2}
