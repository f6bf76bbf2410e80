"""Reports as text and as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .comparisons import Comparison, PairedComparison, ShadowComparison
from .estimates import Estimate, between, ends, number, share, text_table, value
from .html import cell, fields, table

if TYPE_CHECKING:
    from .report import Report

Rows = list[tuple[str, str]]


def experiment_text(report: Report) -> str:
    """Returns a report on an experiment as text."""
    parts = [f"{_title(report)}\n{_goal(report)}", text_table(*_arms(report))]
    for comparison in report.comparisons:
        parts.append(f"{_heading(comparison.challenger, comparison.champion)}\n{_lines(_comparison(comparison))}")
    return "\n\n".join([*parts, *report.notes])


def experiment_html(report: Report) -> str:
    """Returns a report on an experiment as HTML."""
    parts = [f"<p>{cell(_title(report))}<br>{cell(_goal(report))}</p>", table(*_arms(report))]
    for comparison in report.comparisons:
        parts += [
            f"<p><strong>{cell(_heading(comparison.challenger, comparison.champion))}</strong></p>",
            fields(_comparison(comparison)),
        ]
    return "".join([*parts, *(f"<p>{cell(note)}</p>" for note in report.notes)])


def shadow_text(report: Report) -> str:
    """Returns a report on a shadow deploy or a replay as text."""
    parts = [_title(report)]
    for comparison in report.comparisons:
        parts.append(f"{_heading(comparison.name, comparison.champion)}\n{_lines(_shadow(comparison))}")
    return "\n\n".join([*parts, *report.notes])


def shadow_html(report: Report) -> str:
    """Returns a report on a shadow deploy or a replay as HTML."""
    parts = [f"<p>{cell(_title(report))}</p>"]
    for comparison in report.comparisons:
        heading = _heading(comparison.name, comparison.champion)
        parts += [f"<p><strong>{cell(heading)}</strong></p>", fields(_shadow(comparison))]
        rows = [
            [each["id"], str(each["row"]), number(each["champion"]), number(each["challenger"])]
            for each in comparison.disagreements
        ]
        if rows:
            parts.append(table(["inference", "row", comparison.champion, comparison.name], rows))
    return "".join([*parts, *(f"<p>{cell(note)}</p>" for note in report.notes)])


def _title(report: Report) -> str:
    kind = "shadow deploy" if report.kind == "shadow" else report.kind
    start, end = (time.strftime("%Y-%m-%d %H:%M:%S") for time in (report.start, report.end))
    return f"Report on the {kind} of pipeline '{report.pipeline}', {start} to {end} UTC, {report.entries} inferences"


def _goal(report: Report) -> str:
    goal = report.goal or {}
    settings = {name: setting for name, setting in goal.items() if name != "metric"}
    shown = "".join(f", {name.replace('_', ' ')} {setting}" for name, setting in settings.items())
    return f"Goal: {goal.get('metric')}{shown}{'' if report.is_declared else ' (not declared in the definition)'}"


def _heading(challenger: str, champion: str) -> str:
    return f"{challenger} against {champion}"


def _arms(report: Report) -> tuple[list[str], list[list[str]]]:
    head = ["arm", "share", "requests", "units", "outcomes", "goal", "interval", "errors", "p95 ms"]
    rows = [
        [
            arm.name,
            share(arm.share),
            str(arm.requests),
            str(arm.units),
            str(arm.outcomes),
            number(value(arm.goal)),
            between(ends(arm.goal)),
            number(value(arm.errors)),
            number(arm.latency.get("p95_ms")),
        ]
        for arm in report.arms
    ]
    return head, rows


def _comparison(comparison: Comparison) -> Rows:
    rows: Rows = [("verdict", f"{comparison.verdict.replace('_', ' ')}. {comparison.reason}")]
    if comparison.difference is not None:
        rows.append(("difference", _text(comparison.difference)))
    valid = comparison.sequence_problem if comparison.sequence is None else between(comparison.sequence)
    rows.append(("interval valid at any time", valid or "-"))
    if comparison.better is not None and comparison.worse is not None:
        needed = number(1 / comparison.alpha)
        rows.append(("evidence", f"better {comparison.better}, worse {comparison.worse}; {needed} decides"))
    if comparison.fixed_sample is not None:
        test = comparison.fixed_sample
        rows.append(("fixed sample", f"{test['name']}, p = {number(test['p_value'])} (only if looked at once)"))
    for guardrail in comparison.guardrails:
        state = "broken" if guardrail.is_broken else "holds"
        values = f"{number(value(guardrail.challenger))} against {number(value(guardrail.champion))}"
        rows.append((f"guardrail {guardrail.name}", f"{state}: {values}"))
    if comparison.sample_still_needed:
        rows.append(
            ("still needed", f"at least about {comparison.sample_still_needed} more units of both arms together")
        )
    if comparison.labeled_share_p is not None:
        rows.append(("labeled shares differ", f"p = {number(comparison.labeled_share_p)}"))
    return rows


def _shadow(comparison: ShadowComparison) -> Rows:
    rows: Rows = [
        ("requests", f"{comparison.requests} ({comparison.rows} rows that both answered)"),
        ("failures", f"{_text(comparison.failures)} against {_text(comparison.champion_failures)}"),
    ]
    if comparison.decision is not None:
        rows.append(("decision", comparison.decision))
        rows.append(("agreement", _text(comparison.agreement)))
    if comparison.differences:
        shown = ", ".join(f"{name} {number(size)}" for name, size in comparison.differences.items())
        rows.append(("differences", shown))
    rows.append(("rank correlation", number(comparison.rank_correlation)))
    times = (comparison.latency.get("p95_ms"), comparison.champion_latency.get("p95_ms"))
    rows.append(("p95 ms", f"{number(times[0])} against {number(times[1])}"))
    if comparison.labels:
        rows += _labeled(comparison)
    if comparison.goal is not None:
        rows += _paired(comparison.goal)
    return rows


def _paired(goal: PairedComparison) -> Rows:
    rows: Rows = [
        ("goal", str(goal.goal["metric"])),
        ("goal of both", f"{_text(goal.challenger_goal)} against {_text(goal.champion_goal)}"),
        ("difference", f"{_text(goal.difference)} on {goal.units} units, of which {goal.differing} differ"),
    ]
    if goal.evidence_problem is not None:
        return [*rows, ("evidence", goal.evidence_problem)]
    return [*rows, ("evidence", f"better {goal.better}, worse {goal.worse}; {number(1 / goal.alpha)} decides")]


def _labeled(comparison: ShadowComparison) -> Rows:
    labels = comparison.labels
    ours, theirs = (Estimate.of(labels.get(f"{name}_accuracy")) for name in ("challenger", "champion"))
    rows = [
        ("accuracy", f"{_text(ours)} against {_text(theirs)}, on {labels['pairs']} labeled rows"),
        (
            "only one is right",
            f"{comparison.name} on {labels['only_challenger']}, {comparison.champion} on {labels['only_champion']}",
        ),
    ]
    evidence = labels.get("evidence")
    if evidence is not None:
        rows.append(("evidence", f"{number(evidence['maximum'])} that they differ; valid at any time"))
    return rows


def _lines(rows: Rows) -> str:
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def _text(estimate: Estimate | None) -> str:
    return "-" if estimate is None else str(estimate)
