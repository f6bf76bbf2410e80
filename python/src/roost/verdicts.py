"""What comparisons, windows and releases have come to, in the sentences of the console and the command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .connection import JSON
from .metric_words import Metric, demand
from .times import from_rfc3339
from .words import (
    NONE,
    Status,
    bound,
    chosen,
    count,
    evidence,
    level_status,
    measure,
    percent,
    probability,
    release_status,
    share,
    short,
    title,
    verdict_status,
)

if TYPE_CHECKING:
    from .assay_result import AssayResult
    from .comparisons import Comparison, Guardrail, ShadowComparison
    from .report import Report

Verdict = tuple[Status, str]
Row = list[Any]

# Experiments


def comparison_verdict(report: Report, comparison: Comparison) -> Verdict:
    """Returns the verdict on a challenger of an experiment, and why."""
    return verdict_status(comparison.verdict), _comparison_sentence(report, comparison)


def _comparison_sentence(report: Report, comparison: Comparison) -> str:
    if comparison.verdict == "invalid" or report.goal is None:
        return comparison.reason
    goals = {arm.name: None if arm.goal is None else arm.goal.value for arm in report.arms}
    ours, theirs = ((name, goals.get(name)) for name in (comparison.challenger, comparison.champion))
    values = Metric(report.goal).sentence(ours, theirs)
    needed = bound(1 / comparison.alpha) if comparison.alpha > 0 else NONE
    if comparison.verdict in ("better", "worse"):
        broken = next((each for each in comparison.guardrails if each.is_broken), None)
        if broken is not None:
            return _broken(broken, comparison)
        found = comparison.better if comparison.verdict == "better" else comparison.worse
        reached = evidence(None if found is None else found.maximum)
        return (
            f"{values} The evidence reached {reached} and had to reach {needed}; "
            f"were the two equal, that would happen in at most {chosen(comparison.alpha * 100)} of 100 experiments."
        )
    if comparison.verdict == "no_difference":
        return f"{values} The difference is too small to matter, whichever way it goes."
    better, worse = comparison.better, comparison.worse
    if comparison.evidence_problem or better is None or worse is None or ours[1] is None or theirs[1] is None:
        return comparison.reason
    still = comparison.sample_still_needed
    more = f" A fixed sample would need {count(still, 'more unit')} of both together." if still is not None else ""
    return (
        f"{values} The evidence has reached {evidence(better.maximum)} for better and {evidence(worse.maximum)} for "
        f"worse; {needed} decides.{more}"
    )


def _broken(guardrail: Guardrail, comparison: Comparison) -> str:
    metric = Metric(guardrail.metric)
    values = metric.sentence(
        (comparison.challenger, None if guardrail.challenger is None else guardrail.challenger.value),
        (comparison.champion, None if guardrail.champion is None else guardrail.champion.value),
    )
    found = "" if guardrail.evidence is None else f" The evidence is {evidence(guardrail.evidence.maximum)}."
    return f"The guardrail “{metric.name}”, {demand(guardrail.metric)}, is broken. {values}{found}"


def guardrail_rows(report: Report, comparison: Comparison) -> list[Row]:
    """Returns what must hold: its name, what it demands, both values, the evidence, its bound, and its state."""
    rows = [
        [
            (metric := Metric(each.metric)).name,
            demand(each.metric),
            metric.value(None if each.champion is None else each.champion.value),
            metric.value(None if each.challenger is None else each.challenger.value),
            evidence(None if each.evidence is None else each.evidence.maximum),
            "100",
            _demand_status(each.is_broken, each.champion is not None and each.challenger is not None),
        ]
        for each in comparison.guardrails
    ]
    ratio = (report.raw.get("experiment") or {}).get("sample_ratio")
    if ratio is None:
        return rows
    names = [arm.name for arm in report.arms]
    place = names.index(comparison.challenger) if comparison.challenger in names else 0
    seen, due = (
        parts[place] / sum(parts) if place < len(parts) and sum(parts) > 0 else None
        for parts in (ratio["observed"], ratio["expected"])
    )
    state = _demand_status(ratio["is_alarm"], sum(ratio["observed"]) > 0)
    promised = f"by the shares: {percent(due)}"
    return [*rows, ["Sample ratio", promised, NONE, percent(seen), evidence(ratio["evidence"]), count(1000), state]]


def _demand_status(is_broken: bool, is_known: bool) -> Status:
    """Returns the state of what must hold. What nobody knows is not broken, but does not hold either."""
    if is_broken:
        return Status("bad", "Broken")
    return Status("ok", "Holds") if is_known else Status("unknown", "No data")


# Shadow deploys and replays


def shadow_verdict(comparison: ShadowComparison) -> Verdict:
    """Returns what a comparison on the same requests has shown."""
    name = _shadow_name(comparison)
    if name is None:
        return Status("off", "Only compared"), _shadow_sentence(comparison)
    word = {"better": "Better where they differ", "worse": "Worse where they differ"}.get(name, "Not enough data")
    return Status(verdict_status(name).kind, word), _shadow_sentence(comparison)


def _shadow_name(comparison: ShadowComparison) -> str | None:
    goal = comparison.goal
    if goal is not None and goal.evidence_problem is None and goal.alpha > 0:
        needed = 1 / goal.alpha
        if goal.better is not None and goal.better.maximum >= needed:
            return "better"
        return "worse" if goal.worse is not None and goal.worse.maximum >= needed else "not_enough_data"
    found = comparison.labels.get("evidence")
    if found is None:
        return None
    ours, theirs = comparison.labels["only_challenger"], comparison.labels["only_champion"]
    if found["maximum"] < 20 or ours == theirs:
        return "not_enough_data"
    return "better" if ours > theirs else "worse"


def _shadow_sentence(comparison: ShadowComparison) -> str:
    name, champion = comparison.name, comparison.champion
    parts = []
    if comparison.agreement is not None:
        agreement, rows = percent(comparison.agreement.value), count(comparison.agreement.count, "row")
        parts.append(f"{name} takes the same decision as {champion} for {agreement} of {rows}.")
    elif comparison.differences:
        mean, rows = measure(comparison.differences["mean"]), count(comparison.rows, "row")
        parts.append(f"The outputs of {name} and {champion} differ by {mean} on average, over {rows}.")
    if comparison.labels:
        ours, theirs = comparison.labels["only_challenger"], comparison.labels["only_champion"]
        parts.append(
            f"Of the {count(ours + theirs)} labeled rows that only one got right, it is right in "
            f"{share(int(ours / (ours + theirs) * 1000 + 0.5) / 1000)}."
            if ours + theirs > 0
            else "No labeled row tells them apart."
        )
    else:
        parts.append("Without labels, it is not known which one is right.")
    return " ".join(parts)


# Assays

_STATISTICS = {
    "psi": "PSI",
    "ks": "KS distance",
    "wasserstein": "Wasserstein / σ",
    "jensen_shannon": "Jensen–Shannon distance",
    "chi_squared": "Cramér’s V",
    "l_infinity": "L∞",
    "l_infinity_robust": "L∞ less noise",
    "max_difference": "largest difference",
    "sum_of_differences": "sum of differences",
    "mean": "difference of means",
}


def window_verdict(result: AssayResult) -> Verdict:
    """Returns what an assay says of a window, and why."""
    return level_status(result.status), window_reason(result.reason)


def window_reason(reason: str) -> str:
    """Returns the reason with the name of the statistic as people write it."""
    name = next((name for name in _STATISTICS if reason.startswith(f"{name} ")), None)
    if name is None:
        return reason
    words = _STATISTICS[name]
    return words[:1].upper() + words[1:] + reason[len(name) :]


def window_headline(result: AssayResult) -> str:
    """Returns the end of the window with its state: 2026-11-28 09:00 UTC: alert."""
    return f"{title(result.end)}: {level_status(result.status).word.lower()}"


def window_since(result: AssayResult, newest: AssayResult | None) -> str:
    """Returns why the window is the last one with enough values, and whether those that ended since had too few.

    Args:
        newest: The newest window of the assay.
    """
    is_older = newest is not None and newest.end > result.end and result.status != "not_enough_data"
    return window_reason(result.reason) + (" No window since had enough values." if is_older else "")


def measured(results: Iterable[AssayResult]) -> AssayResult | None:
    """Returns the last window that has enough values; if none has, the last one; None if there are none."""
    return max(results, key=lambda result: (result.status != "not_enough_data", result.end), default=None)


# Releases


def brief(version: str) -> str:
    """Returns a model version with the beginning of its ID."""
    name, at, identifier = version.partition("@")
    return f"{name}{at}{identifier[:8]}"


def release_verdict(status: JSON) -> Verdict:
    """Returns what a release has come to, from its status or, without what is seen of it, from its record."""
    release = status["release"]
    state = release["state"]
    if state == "promoted":
        return release_status(state), f"{brief(release['candidate'])} became the champion of {release['pipeline']}."
    if state in ("rolled_back", "aborted", "failed"):
        return release_status(state), f"{brief(release['champion'])} stayed the champion.{_reason(release)}"
    if state == "paused":
        sentence = "It is still watched, and is rolled back if a guardrail is broken."
        return release_status(state), sentence + _reason(release)
    return release_step(release), _running(status)


def release_step(release: JSON) -> Status:
    """Returns the state of a release with the step that it is at."""
    state = release["state"]
    step: JSON = next((each for each in reversed(release["steps"]) if each.get("ended_at") is None), {"kind": ""})
    at = share(step.get("share"))
    if state == "running":
        words = {"replay": "Replaying", "shadow": "In the shadow", "canary": f"At {at}"}
        return Status("busy", words.get(step["kind"], "Getting ready"))
    if state == "paused" and step["kind"] == "canary":
        return Status("warn", f"Paused at {at}")
    return release_status(state)


def _reason(release: JSON) -> str:
    """Returns why it is paused or has ended, without the word that stands before it; empty if that is all."""
    word, rest = release_status(release["state"]).word, release.get("reason") or ""
    # What failed is told as it is.
    if release["state"] != "failed":
        rest = rest.removeprefix(word).removeprefix(" because")
    if rest.startswith(" by "):
        return f" It was {word.lower()}{rest}"
    rest = rest.lstrip(" .:")
    return f" {rest[:1].upper()}{rest[1:]}" if rest else ""


def _running(status: JSON) -> str:
    parts = []
    found = status.get("evidence")
    if found is not None and status["release"]["definition"].get("promote") == "better":
        shown = "is shown" if found["value"] >= found["bound"] else "is not yet shown"
        parts.append(
            f"The candidate {shown} to be better: evidence {evidence(found['value'])} of {bound(found['bound'])}."
        )
    guardrails = status.get("guardrails") or []
    rising = [each for each in guardrails if each["evidence"] * 10 >= each["bound"]]
    if rising:
        worst = max(rising, key=lambda each: float(each["evidence"]))
        metric = Metric(worst["metric"])
        parts.append(
            f"“{metric.name}” is rising: {metric.value(worst.get('candidate'))} against "
            f"{metric.value(worst.get('champion'))}, evidence {evidence(worst['evidence'])} of {bound(worst['bound'])}."
        )
    elif guardrails:
        parts.append("All guardrails hold.")
    if status.get("waiting_for"):
        parts.append(f"It waits for {status['waiting_for']}.")
    return " ".join(parts) or "Nothing is known about the candidate yet."


def release_demands(status: JSON) -> list[Row]:
    """Returns the goal and the guardrails, with the evidence against their bounds, as `guardrail_rows`."""
    definition = status["release"]["definition"]
    rows: list[Row] = []
    found = status.get("evidence")
    if found is not None:
        goal = definition.get("goal")
        is_shown = found["value"] >= found["bound"]
        rows.append(
            [
                f"Better on “{'the goal' if goal is None else Metric(goal).name}”",
                "goal" if definition.get("promote") == "better" else "goal, not needed",
                NONE,
                NONE,
                evidence(found["value"]),
                bound(found["bound"]),
                Status("ok", "Shown") if is_shown else Status("unknown", "Not yet"),
            ]
        )
    for each in status.get("guardrails") or []:
        metric = Metric(each["metric"])
        is_broken, is_rising = each["evidence"] >= each["bound"], each["evidence"] * 10 >= each["bound"]
        is_known = each.get("champion") is not None and each.get("candidate") is not None
        state = Status("warn", "Rising") if is_rising else _demand_status(False, is_known)
        rows.append(
            [
                metric.name,
                demand(each["metric"]),
                metric.value(each.get("champion")),
                metric.value(each.get("candidate")),
                evidence(each["evidence"]),
                bound(each["bound"]),
                Status("bad", "Broken") if is_broken else state,
            ]
        )
    return rows


def release_state(status: JSON) -> Status:
    """Returns how far a release is."""
    release, stage = status["release"], status.get("stage")
    if release["state"] not in ("running", "paused") or stage is None:
        return release_status(release["state"])
    if release["state"] == "paused":
        return Status("warn", f"Paused at {share(stage['share'])}")
    stages = release["definition"]["stages"]
    return Status("busy", f"Stage {stage['index'] + 1} of {len(stages)}, {share(stage['share'])}")


def step_words(step: JSON) -> str:
    """Returns the name of a step: Replay, Shadow, or the share of a stage."""
    if step["kind"] == "canary":
        return share(step["share"]) if step.get("share") is not None else "Canary"
    return str(step["kind"]).capitalize()


def step_length(step: JSON) -> str:
    """Returns how long a step took."""
    if "ended_at" not in step:
        return NONE
    return short(from_rfc3339(step["ended_at"]) - from_rfc3339(step["started_at"]))


def p(value: float | None) -> str:
    """Returns a p-value with its letter."""
    return f"p {probability(value)}"
