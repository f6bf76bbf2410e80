"""What a metric would have been if another policy had chosen."""

from __future__ import annotations

from .connection import JSON
from .estimates import Estimate
from .html import cell, fields
from .words import count


class Counterfactual:
    """An estimate from the units that went where the other policy would have sent them.

    Attributes:
        policy: The other policy, in words.
        metric: The metric in the server's format.
        observed: The metric under the policy that chose.
        inverse_propensity: The estimate, weighted by the inverse of the shares. Unbiased.
        self_normalized: The same with weights that add up to 1. Less noisy.
        effective_sample_size: How many equally weighted units would say as much.
        is_unreliable: Whether that is too few to rely on.
        notes: What the reader should know.
        raw: The response as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.policy: str = raw["policy"]
        self.metric: JSON = raw["metric"]
        self.observed = Estimate.of(raw.get("observed"))
        self.inverse_propensity = Estimate.of(raw.get("inverse_propensity"))
        self.self_normalized = Estimate.of(raw.get("self_normalized"))
        self.effective_sample_size: float = raw["effective_sample_size"]
        self.is_unreliable: bool = raw["is_unreliable"]
        self.notes: list[str] = raw["notes"]

    def __repr__(self) -> str:
        width = max(len(name) for name, _ in self._rows())
        return "\n".join([*(f"{name:<{width}}  {value}" for name, value in self._rows()), *self.notes])

    def _repr_html_(self) -> str:
        return fields(self._rows()) + "".join(f"<p>{cell(note)}</p>" for note in self.notes)

    def _rows(self) -> list[tuple[str, str]]:
        return [
            ("what if", self.policy),
            ("metric", str(self.metric["metric"])),
            ("observed", _text(self.observed)),
            ("estimate (self-normalized)", _text(self.self_normalized)),
            ("estimate (inverse propensity)", _text(self.inverse_propensity)),
            ("effective sample size", count(round(self.effective_sample_size))),
        ]


def _text(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate}, n = {estimate.count}"
