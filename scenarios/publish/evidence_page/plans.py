"""What the planner chose for each arm whose plan was kept."""

from __future__ import annotations

from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.evidence_page.markup import folded, html, paragraph, raw
from scenarios.publish.exhibits import plan
from scenarios.record import Plan


def draw(dive: Dive) -> str:
    kept = [(scale, arm, found) for scale, arms in dive.plans.plans.items() for arm, found in arms.items()]
    return "".join(_section(dive, *each) for each in kept) or paragraph("None was kept.")


def _section(dive: Dive, scale: str, arm: str, found: Plan) -> str:
    title = next((e.arms[arm].title for e in dive.record.experiments.values() if arm in e.arms), arm)
    tree = plan.tree(title, found) + paragraph(raw(dive.slug, f"plans.json#/plans/{scale}/{arm}"))
    head = f"<h3>{html(title)} <code>{html(arm)}</code>, scale “{html(scale)}”</h3>"
    return f'<section class="evidence-arm" id="{html(anchors.plan(scale, arm))}">{head}{folded("The plan", tree)}</section>'
