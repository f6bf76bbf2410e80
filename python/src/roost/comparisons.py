"""The arms of an experiment, and challengers compared with the champion."""

from __future__ import annotations

from typing import Any

from .connection import JSON
from .estimates import Estimate, Evidence, ends, interval, value


class Arm:
    """One of the models that an experiment compares.

    Attributes:
        name: The arm's name.
        model, model_version: Name and version (a UUID) of its model.
        share: The probability that a unit gets this arm, most recently. None if only the caller knows it.
        requests: The requests that it got.
        units: The units that it got: the different values of the hash key, or the requests without one.
        outcomes: The units that have an outcome of the goal.
        goal: The rate or mean of the goal over the units. None without an outcome.
        errors: The rate of failed requests.
        check_failures: The rate of requests that failed a validation.
        latency: ``p50_ms``, ``p95_ms`` and ``p99_ms``, and with a budget ``budget_ms`` and ``over_budget``.
        labeled: The share of the requests that have a label.
        raw: The arm as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.name: str = raw["name"]
        self.model: str = raw["model"]
        self.model_version: str = raw["model_version"]
        self.share: float | None = raw.get("share")
        self.requests: int = raw["requests"]
        self.units: int = raw["units"]
        self.outcomes: int = raw["outcomes"]
        self.goal = Estimate.of(raw.get("goal"))
        self.errors = Estimate.of(raw.get("errors"))
        self.check_failures = Estimate.of(raw.get("check_failures"))
        self.latency: dict[str, Any] = raw.get("latency") or {}
        self.labeled: float | None = raw.get("labeled")

    def row(self) -> dict[str, Any]:
        """Returns the arm as a row of a DataFrame."""
        lower, upper = ends(self.goal) or (None, None)
        return {
            "arm": self.name,
            "model": self.model,
            "model_version": self.model_version,
            "share": self.share,
            "requests": self.requests,
            "units": self.units,
            "outcomes": self.outcomes,
            "goal": value(self.goal),
            "goal_lower": lower,
            "goal_upper": upper,
            "errors": value(self.errors),
            "check_failures": value(self.check_failures),
            "p50_ms": self.latency.get("p50_ms"),
            "p95_ms": self.latency.get("p95_ms"),
            "p99_ms": self.latency.get("p99_ms"),
            "labeled": self.labeled,
        }

    def __repr__(self) -> str:
        return f"<Arm {self.name}: {self.outcomes} outcomes, goal {self.goal}>"


class Guardrail:
    """A metric that must not get worse.

    Attributes:
        metric: The metric in the server's format.
        champion, challenger: Its rate or mean in each arm.
        evidence: Against the claim that the challenger is no worse.
        is_broken: Whether the evidence suffices to say that it is worse.
    """

    def __init__(self, raw: JSON) -> None:
        self.metric: JSON = raw["metric"]
        self.champion = Estimate.of(raw.get("champion"))
        self.challenger = Estimate.of(raw.get("challenger"))
        self.evidence = Evidence.of(raw.get("evidence"))
        self.is_broken: bool = raw["is_broken"]

    @property
    def name(self) -> str:
        """The metric's name or expression."""
        return str(self.metric["metric"])

    def __repr__(self) -> str:
        return f"<Guardrail {self.name}: {'broken' if self.is_broken else 'holds'}>"


class Comparison:
    """A challenger compared with the champion.

    Attributes:
        challenger, champion: The names of the arms.
        verdict: ``better``, ``worse``, ``no_difference``, ``not_enough_data`` or ``invalid``.
        reason: The reason, in a sentence.
        difference: The challenger's goal minus the champion's, with the interval of a sample of a fixed size.
        sequence: An interval of the difference that is valid at any time. None if ``sequence_problem``.
        sequence_problem: Why there is no such interval.
        better, worse: Evidence against the claims that the challenger is no better, and no worse. None if
            ``evidence_problem``.
        evidence_problem: Why the goal cannot decide.
        alpha: The level that decides: evidence of 1/alpha.
        fixed_sample: ``name``, ``statistic`` and ``p_value`` of a test that is valid only for a sample of a fixed size.
        guardrails: The metrics that must not get worse.
        labeled_share_p: The p-value of equal shares of labeled requests. None if the goal needs no labels.
        sample_still_needed: How many more units, of both arms together, are likely to be needed. None if unknown.
        raw: The comparison as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.challenger: str = raw["challenger"]
        self.champion: str = raw["champion"]
        self.verdict: str = raw["verdict"]
        self.reason: str = raw["reason"]
        self.difference = Estimate.of(raw.get("difference"))
        self.sequence = interval(raw.get("sequence"))
        self.sequence_problem: str | None = raw.get("sequence_problem")
        self.better = Evidence.of(raw.get("better"))
        self.worse = Evidence.of(raw.get("worse"))
        self.evidence_problem: str | None = raw.get("evidence_problem")
        self.alpha: float = raw["alpha"]
        self.fixed_sample: JSON | None = raw.get("fixed_sample")
        self.guardrails = [Guardrail(guardrail) for guardrail in raw["guardrails"]]
        self.labeled_share_p: float | None = raw.get("labeled_share_p")
        self.sample_still_needed: int | None = raw.get("sample_still_needed")

    def __repr__(self) -> str:
        return f"<Comparison of {self.challenger} with {self.champion}: {self.verdict}>"


class PairedComparison:
    """A challenger compared with its champion in the goal, on units that both saw.

    Attributes:
        goal: The metric, in the server's format.
        is_declared: Whether it is the goal of the pipeline's definition.
        units, differing: The units with an outcome of both, and those of them on which the outcomes differ.
        champion_goal, challenger_goal: A rate or a mean over the units. None without one.
        difference: The challenger minus the champion.
        better, worse: The evidence for either, valid at any time. None if the goal cannot decide: see
            ``evidence_problem``.
        evidence_problem: Why the goal cannot decide.
        alpha: The level that decides: evidence of 1/alpha.
        raw: The comparison as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.goal: JSON = raw["goal"]
        self.is_declared: bool = raw["is_declared"]
        self.alpha: float = raw["alpha"]
        self.units: int = raw["units"]
        self.differing: int = raw["differing"]
        self.champion_goal = Estimate.of(raw.get("champion_goal"))
        self.challenger_goal = Estimate.of(raw.get("challenger_goal"))
        self.difference = Estimate.of(raw.get("difference"))
        self.better = Evidence.of(raw.get("better"))
        self.worse = Evidence.of(raw.get("worse"))
        self.evidence_problem: str | None = raw.get("evidence_problem")


class ShadowComparison:
    """A challenger of a shadow deploy, or the candidate of a replay, compared with its champion, row by row.

    Attributes:
        name: The challenger's name.
        model, model_version: Name and version (a UUID) of its model.
        champion, champion_version: The champion's name and version.
        requests: The inferences that both ran.
        rows: The rows that both answered.
        failures, champion_failures: The rates of failed inferences.
        decision: What counts as a decision. None if the outputs decide nothing.
        agreement: The share of the rows with the same decision.
        differences: ``mean``, ``p95`` and ``largest`` absolute difference between the two scores.
        rank_correlation: Spearman's. None with fewer than two rows, or if one of the two always answers the same.
        latency, champion_latency: ``p50_ms``, ``p95_ms`` and ``p99_ms``.
        labels: With labels: ``pairs``, ``only_champion``, ``only_challenger`` (the rows that only one got right),
            ``champion_accuracy``, ``challenger_accuracy``, ``exact_p`` and ``evidence``. Empty without.
        goal: How both did in the goal: a `PairedComparison`. None without a goal.
        disagreements: The rows with the largest differences: ``id``, ``time``, ``row``, ``champion``, ``challenger``.
        raw: The comparison as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.name: str = raw["name"]
        self.model: str = raw["model"]
        self.model_version: str = raw["model_version"]
        self.champion: str = raw["champion"]
        self.champion_version: str = raw["champion_version"]
        self.requests: int = raw["requests"]
        self.rows: int = raw["rows"]
        self.failures = Estimate.of(raw.get("failures"))
        self.champion_failures = Estimate.of(raw.get("champion_failures"))
        self.decision: str | None = raw.get("decision")
        self.agreement = Estimate.of(raw.get("agreement"))
        self.differences: dict[str, float] = raw.get("differences") or {}
        self.rank_correlation: float | None = raw.get("rank_correlation")
        self.latency: dict[str, Any] = raw.get("latency") or {}
        self.champion_latency: dict[str, Any] = raw.get("champion_latency") or {}
        self.labels: dict[str, Any] = raw.get("labels") or {}
        self.goal = PairedComparison(raw["goal"]) if "goal" in raw else None
        self.disagreements: list[dict[str, Any]] = raw["disagreements"]

    def row(self) -> dict[str, Any]:
        """Returns the comparison as a row of a DataFrame."""
        lower, upper = ends(self.agreement) or (None, None)
        return {
            "challenger": self.name,
            "model": self.model,
            "model_version": self.model_version,
            "champion": self.champion,
            "requests": self.requests,
            "rows": self.rows,
            "failures": value(self.failures),
            "champion_failures": value(self.champion_failures),
            "agreement": value(self.agreement),
            "agreement_lower": lower,
            "agreement_upper": upper,
            "mean_difference": self.differences.get("mean"),
            "largest_difference": self.differences.get("largest"),
            "rank_correlation": self.rank_correlation,
            "p95_ms": self.latency.get("p95_ms"),
            "champion_p95_ms": self.champion_latency.get("p95_ms"),
        }

    def __repr__(self) -> str:
        return f"<ShadowComparison of {self.name} with {self.champion}: {self.rows} rows, agreement {self.agreement}>"
