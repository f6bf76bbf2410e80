"""The evidence of experiments, computed again without the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, lgamma, log
from typing import Any

Outcome = tuple[tuple[float, ...], int, float]


class Evidence:
    """The evidence that a challenger is better, and that it is worse."""

    def __init__(self) -> None:
        self.logarithm = {"better": 0.0, "worse": 0.0}
        self.maximum = {"better": 0.0, "worse": 0.0}
        self.counts = [0.0, 0.0]
        self.sums = [0.0, 0.0]

    def add(self, counts: Sequence[float], sums: Sequence[float], weight: float) -> None:
        """Adds the outcomes of the champion and of the challenger, which were chosen by a weight."""
        pool = (0.5 + sum(self.sums)) / (1 + sum(self.counts))
        rates = [(10 * pool + self.sums[arm]) / (10 + self.counts[arm]) for arm in (0, 1)]
        mixture = weight * rates[1] + (1 - weight) * rates[0]
        factor = sum(
            sums[arm] * log(rates[arm] / mixture) + (counts[arm] - sums[arm]) * log((1 - rates[arm]) / (1 - mixture))
            for arm in (0, 1)
        )
        if rates[1] != rates[0]:
            side = "better" if rates[1] > rates[0] else "worse"
            self.logarithm[side] += factor
            self.maximum[side] = max(self.maximum[side], self.logarithm[side])
        for arm in (0, 1):
            self.counts[arm] += counts[arm]
            self.sums[arm] += sums[arm]


def evidence(outcomes: Iterable[Outcome], order: Sequence[tuple[float, ...]], challenger: int = 1) -> Evidence:
    """Computes the evidence of outcomes, each with the weights of all arms, its arm, and its value.

    An update takes one more than a hundredth of the outcomes so far; it has a part for each of the weights, in an order.
    """
    found = Evidence()
    pending: list[Outcome] = []

    def flush() -> None:
        for weights in order:
            part = [outcome for outcome in pending if outcome[0] == weights and outcome[1] in (0, challenger)]
            if not part:
                continue
            values = [[outcome[2] for outcome in part if outcome[1] == arm] for arm in (0, challenger)]
            found.add(
                [len(each) for each in values],
                [sum(each) for each in values],
                weights[challenger] / (weights[0] + weights[challenger]),
            )
        pending.clear()

    for total, outcome in enumerate(outcomes, 1):
        pending.append(outcome)
        if len(pending) > total // 100:
            flush()
    flush()
    return found


def sample_ratio(weights: Sequence[float], counts: Sequence[int]) -> float:
    """The Bayes factor of a Dirichlet distribution around the weights to the weights themselves."""
    priors = [1e4 * weight for weight in weights]
    total = sum(counts)
    result = lgamma(sum(priors)) - lgamma(sum(priors) + total)
    for weight, prior, count in zip(weights, priors, counts, strict=True):
        result += lgamma(prior + count) - lgamma(prior) - count * log(weight)
    return result


def agrees(report: dict[str, Any], found: Evidence) -> None:
    """Checks a comparison of a report."""
    for side in ("better", "worse"):
        expected = exp(found.maximum[side])
        assert abs(report[side]["maximum"] / expected - 1) < 1e-9, (side, report[side], expected)
        assert abs(report[side]["p_value"] * expected - 1) < 1e-9
