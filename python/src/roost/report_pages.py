"""Reports as text and as HTML: the verdict first, then the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import display, words
from .comparisons import Arm, Comparison, PairedComparison, ShadowComparison
from .estimates import Estimate, ends, text_table, value
from .metric_words import Metric
from .report_charts import evidence_over_time
from .verdicts import comparison_verdict, guardrail_rows, p, shadow_verdict
from .words import count, measure, percent

if TYPE_CHECKING:
    from .report import Report

Rows = list[tuple[str, str]]
Table = tuple[list[str], list[list[Any]], list[int]]


def experiment_text(report: Report) -> str:
    """Returns a report on an experiment as text."""
    parts = ["\n".join(f"{status}. {sentence}" for status, sentence in _named_verdicts(report))]
    parts.append(f"{_title(report)}\n{_goal(report)}")
    for table in (_arms(report), _more_of_arms(report)):
        parts.append(_text(table))
    for comparison in report.comparisons:
        parts.append(
            f"{_heading(comparison.challenger, comparison.champion)}\n{_lines(_comparison(report, comparison))}"
        )
        if comparison.guardrails:
            parts.append(_text(_guardrails(report, comparison)))
    return "\n\n".join(part for part in [*parts, *report.notes] if part)


def experiment_html(report: Report) -> str:
    """Returns a report on an experiment as HTML."""
    is_one = len(report.comparisons) == 1
    parts = [
        display.verdict(*comparison_verdict(report, each), None if is_one else each.challenger)
        for each in report.comparisons
    ]
    parts += [display.paragraph(_title(report)), display.paragraph(_goal(report))]
    metric = _metric(report)
    for comparison in report.comparisons:
        if not is_one:
            parts.append(display.heading(_heading(comparison.challenger, comparison.champion)))
        chart = evidence_over_time(comparison)
        parts.append(chart.svg if chart is not None else display.paragraph(comparison.evidence_problem or _NO_EVIDENCE))
        unit = ", points" if metric.is_rate else ""
        parts.append(display.heading(f"Difference in “{metric.name}”{unit}", "challenger − champion"))
        intervals = _intervals(metric, comparison)
        parts.append(display.grid(*intervals) if intervals[1] else display.paragraph(_NO_INTERVAL))
        if comparison.sequence is None and comparison.sequence_problem:
            parts.append(display.paragraph(f"No interval that is valid at any time: {comparison.sequence_problem}"))
        parts += [display.paragraph(line) for line in _notes_of(comparison)]
    parts += [display.heading("Counts"), _arms_html(report, metric), display.grid(*_more_of_arms(report))]
    for comparison in report.comparisons:
        rows = guardrail_rows(report, comparison)
        if rows:
            note = "" if is_one else _heading(comparison.challenger, comparison.champion)
            parts.append(display.heading("Guardrails and sample ratio", note))
            parts.append(display.grid(*_guardrails(report, comparison)))
    return display.page(*parts, display.listed(report.notes))


def shadow_text(report: Report) -> str:
    """Returns a report on a shadow deploy or a replay as text."""
    parts = ["\n".join(f"{status}. {sentence}" for status, sentence in _named_verdicts(report)), _title(report)]
    for comparison in report.comparisons:
        parts.append(f"{_beside(report, comparison)}\n{_lines(_shadow(report, comparison))}")
        parts.append(_text(_both(report, comparison)))
    return "\n\n".join(part for part in [*parts, *report.notes] if part)


def shadow_html(report: Report) -> str:
    """Returns a report on a shadow deploy or a replay as HTML."""
    is_one = len(report.comparisons) == 1
    parts = [display.verdict(*shadow_verdict(each), None if is_one else each.name) for each in report.comparisons]
    parts.append(display.paragraph(_title(report)))
    for comparison in report.comparisons:
        parts.append(display.heading(_beside(report, comparison)))
        parts.append(display.grid(*_both(report, comparison)))
        parts.append(display.grid(["", ""], _shadow(report, comparison)))
        if comparison.disagreements:
            note = f"the {len(comparison.disagreements)} largest differences, other decisions first"
            parts += [
                display.heading("Where they disagree most", note),
                display.grid(*_disagreements(report, comparison)),
            ]
    return display.page(*parts, display.listed(report.notes))


_NO_EVIDENCE = "There is no evidence yet: it begins with the first outcome of the goal."
_NO_INTERVAL = "No interval yet: both models need outcomes of the goal."


def _named_verdicts(report: Report) -> list[tuple[words.Status, str]]:
    found = []
    for each in report.comparisons:
        is_experiment = isinstance(each, Comparison)
        status, sentence = comparison_verdict(report, each) if is_experiment else shadow_verdict(each)
        name = each.challenger if is_experiment else each.name
        word = status.word if len(report.comparisons) == 1 else f"{name}: {status.word}"
        found.append((words.Status(status.kind, word), sentence))
    return found


def _metric(report: Report) -> Metric:
    return Metric(report.goal or {"metric": "the goal"})


def _title(report: Report) -> str:
    kind = "shadow deploy" if report.kind == "shadow" else report.kind
    noun = "inference" if report.entries == 1 else "inferences"
    span = f"{words.second(report.start)} to {words.second(report.end)} UTC"
    return f"Report on the {kind} of pipeline '{report.pipeline}', {span}, {count(report.entries)} {noun}"


def _goal(report: Report) -> str:
    return f"Goal {_metric(report).goal(report.is_declared)}"


def _heading(challenger: str, champion: str) -> str:
    return f"{challenger} against {champion}"


def _beside(report: Report, comparison: ShadowComparison) -> str:
    if report.kind == "replay":
        return f"{comparison.name}, replayed beside {comparison.champion}"
    return f"{comparison.name} in the shadow of {comparison.champion}"


# Experiments


def _confidence(report: Report) -> str:
    alpha = (report.raw.get("experiment") or {}).get("alpha", 0.05)
    return f"{words.share(1 - alpha)} interval"


def _arm(metric: Metric, arm: Arm, role: str) -> list[Any]:
    return [
        arm.name,
        role,
        words.share(arm.share),
        count(arm.units),
        count(arm.outcomes),
        metric.value(value(arm.goal)),
        metric.interval(ends(arm.goal)),
    ]


def _arms(report: Report) -> Table:
    metric = _metric(report)
    head = ["Model", "", "Share", "Units", "Outcomes", "Rate" if metric.is_rate else "Mean", _confidence(report)]
    roles = ["champion", *["challenger"] * len(report.arms)]
    return head, [_arm(metric, arm, role) for arm, role in zip(report.arms, roles, strict=False)], [2, 3, 4, 5]


def _arms_html(report: Report, metric: Metric) -> str:
    head, rows, numbers = _arms(report)
    limits = [end for arm in report.arms for end in ends(arm.goal) or () if math.isfinite(end)]
    if limits:
        room = max((max(limits) - min(limits)) * 0.1, abs(max(limits)) * 1e-6, 1e-9)
        scale = (min(limits) - room, max(limits) + room)
        head = [*head[:6], f"{metric.value(min(limits))} to {metric.value(max(limits))}", head[6]]
        rows = [
            [*row[:6], _whisker(arm.goal, scale, is_new=place > 0), row[6]]
            for place, (row, arm) in enumerate(zip(rows, report.arms, strict=True))
        ]
    return display.grid(head, rows, numbers)


def _whisker(estimate: Estimate | None, scale: tuple[float, float], *, is_new: bool) -> display.Markup:
    if estimate is None or estimate.interval is None:
        return display.Markup("")
    low, high = estimate.interval
    return display.whisker(low, estimate.value, high, scale, is_new=is_new)


def _more_of_arms(report: Report) -> Table:
    rows = [
        [
            arm.name,
            f"{arm.model}@{arm.model_version[:8]}",
            percent(arm.labeled),
            percent(value(arm.errors)),
            percent(value(arm.check_failures)),
            measure(arm.latency.get("p50_ms")),
            measure(arm.latency.get("p95_ms")),
        ]
        for arm in report.arms
    ]
    return ["Model", "Version", "Labeled", "Failed", "Checks failed", "p50 ms", "p95 ms"], rows, [2, 3, 4, 5, 6]


def _comparison(report: Report, comparison: Comparison) -> Rows:
    metric = _metric(report)
    rows: Rows = [("difference", metric.difference(value(comparison.difference)))]
    for name, interval in (("at any time", comparison.sequence), ("fixed sample", ends(comparison.difference))):
        if interval is not None:
            rows.append((name, f"{metric.bare(interval[0])} to {metric.bare(interval[1])}"))
        elif name == "at any time" and comparison.sequence_problem:
            rows.append((name, comparison.sequence_problem))
    rows += _evidence(comparison)
    return rows + [("", line) for line in _notes_of(comparison)]


def _notes_of(comparison: Comparison) -> list[str]:
    lines = []
    if comparison.fixed_sample is not None:
        test = comparison.fixed_sample
        lines.append(
            f"{test['name']} {measure(test['statistic'])}, {p(test['p_value'])}. "
            "Valid only if the number of units was fixed before."
        )
    if comparison.labeled_share_p is not None:
        lines.append(f"Labeled share equal in both: {p(comparison.labeled_share_p)}.")
    return lines


def _evidence(comparison: Comparison | PairedComparison) -> Rows:
    if comparison.evidence_problem is not None:
        return [("evidence", comparison.evidence_problem)]
    needed = f" of {words.bound(1 / comparison.alpha)}" if comparison.alpha > 0 else ""
    return [
        (name, words.NONE if found is None else f"E {words.evidence(found.maximum)}{needed}, {p(found.p_value)}")
        for name, found in (("better", comparison.better), ("worse", comparison.worse))
    ]


def _intervals(metric: Metric, comparison: Comparison) -> Table:
    difference = comparison.difference
    named = [("At any time", comparison.sequence), ("Fixed sample", ends(difference))]
    known = [(name, interval) for name, interval in named if interval is not None]
    if difference is None or not math.isfinite(difference.value):
        return [], [], []
    limits = [end for _, interval in known for end in interval if math.isfinite(end)] + [difference.value, 0.0]
    low, high = min(limits), max(limits)
    room = max((high - low) * 0.05, 1e-9)
    rows = [
        [
            name,
            metric.bare(difference.value),
            display.whisker(interval[0], difference.value, interval[1], (low - room, high + room), is_new=True),
            metric.bare(interval[0]),
            metric.bare(interval[1]),
        ]
        for name, interval in known
    ]
    return ["Interval", "Difference", f"{metric.bare(low)} to {metric.bare(high)}", "From", "To"], rows, [1, 3, 4]


def _guardrails(report: Report, comparison: Comparison) -> Table:
    head = ["Guardrail", "Demand", comparison.champion, comparison.challenger, "E", "Bound", "State"]
    return head, guardrail_rows(report, comparison), [2, 3, 4, 5]


# Shadow deploys and replays


def _challenger(report: Report) -> str:
    return "candidate" if report.kind == "replay" else "challenger"


def _both(report: Report, comparison: ShadowComparison) -> Table:
    head = ["", "Model", "Failed", "Right", "p50 ms", "p95 ms", "p99 ms"]
    sides = (
        (
            "champion",
            comparison.champion,
            comparison.champion_version,
            comparison.champion_failures,
            comparison.champion_latency,
        ),
        (_challenger(report), comparison.model, comparison.model_version, comparison.failures, comparison.latency),
    )
    rows = [
        [
            role,
            f"{model}@{version[:8]}",
            percent(value(failures)),
            percent(value(_accuracy(comparison, "champion" if role == "champion" else "challenger"))),
            *(measure(latency.get(f"{name}_ms")) for name in ("p50", "p95", "p99")),
        ]
        for role, model, version, failures, latency in sides
    ]
    return head, rows, [2, 3, 4, 5, 6]


def _accuracy(comparison: ShadowComparison, role: str) -> Estimate | None:
    return Estimate.of(comparison.labels.get(f"{role}_accuracy"))


def _shadow(report: Report, comparison: ShadowComparison) -> Rows:
    rows: Rows = [("requests", f"{count(comparison.requests)}, with {count(comparison.rows, 'row')}")]
    if comparison.decision is not None:
        rows.append(("decision", comparison.decision))
    rate = Metric({"metric": "accuracy"})
    rows.append(("same decision", rate.estimate(value(comparison.agreement), ends(comparison.agreement))))
    if comparison.differences:
        shown = ", ".join(f"{name} {measure(comparison.differences[name])}" for name in ("mean", "p95", "largest"))
        rows.append(("|difference|", shown))
    correlation = comparison.rank_correlation
    rows.append(("rank correlation", "not defined" if correlation is None else measure(correlation)))
    if comparison.labels:
        rows += _labeled(report, comparison)
    if comparison.goal is not None:
        rows += _paired(report, comparison.goal)
    return rows


def _labeled(report: Report, comparison: ShadowComparison) -> Rows:
    labels = comparison.labels
    role = _challenger(report)
    only = (
        f"{count(labels['pairs'])}; only the {role} right {count(labels['only_challenger'])}, "
        f"only the champion right {count(labels['only_champion'])}"
    )
    rows = [("labeled rows", only)]
    if labels.get("exact_p") is not None:
        rows.append(("McNemar, exact", p(labels["exact_p"])))
    found = labels.get("evidence")
    if found is not None:
        rows.append(("at any time", f"E {words.evidence(found['maximum'])} of 20, {p(found['p_value'])}"))
    return rows


def _paired(report: Report, goal: PairedComparison) -> Rows:
    metric = Metric(goal.goal)
    return [
        ("goal", metric.goal(goal.is_declared)),
        ("units", f"{count(goal.units)}, {count(goal.differing)} differ"),
        (_challenger(report), metric.estimate(value(goal.challenger_goal), ends(goal.challenger_goal))),
        ("champion", metric.estimate(value(goal.champion_goal), ends(goal.champion_goal))),
        ("difference", metric.difference(value(goal.difference), ends(goal.difference))),
        *_evidence(goal),
    ]


def _disagreements(report: Report, comparison: ShadowComparison) -> Table:
    rows = [
        [
            each["id"],
            each["row"],
            measure(each["champion"]),
            measure(each["challenger"]),
            words.signed(each["challenger"] - each["champion"]),
        ]
        for each in comparison.disagreements
    ]
    return ["Inference", "Row", "Champion", _challenger(report).capitalize(), "Difference"], rows, [1, 2, 3, 4]


# Text


def _text(table: Table) -> str:
    head, rows, numbers = table
    return text_table(head, rows, numbers) if rows else ""


def _lines(rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {shown}" for name, shown in rows)
