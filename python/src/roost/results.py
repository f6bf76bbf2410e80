"""What an inference answered."""

from __future__ import annotations

from datetime import timedelta
from pprint import pformat
from typing import Any

from .tensors import arrays


class InferenceResult:
    """One answer of a pipeline.

    Attributes:
        raw: The answer as the server sent it.
        id: The inference's id in the log.
    """

    def __init__(self, raw: dict[str, Any], id: str | None = None) -> None:
        self.raw = raw
        self.id = id

    def model(self) -> tuple[str, str]:
        """Name and version (a UUID) of the model that answered."""
        return self.raw["model_name"], self.raw["model_version"]

    def data(self) -> list[Any]:
        """The output tensors: numpy arrays, or nested lists where numpy is not installed."""
        return arrays(self.raw["outputs"])

    def input_data(self) -> dict[str, Any]:
        """The inputs by name, as they were sent."""
        inputs: dict[str, Any] = self.raw["original_data"]
        return inputs

    def check_failures(self) -> list[dict[str, Any]]:
        """The validations that did not hold: ``{"False": {"expr": "…"}}``, with ``rows`` where there were several."""
        failures: list[dict[str, Any]] = self.raw["check_failures"]
        return failures

    def time_elapsed(self) -> timedelta:
        """How long the inference took in the server; ``raw["elapsed"]`` has it in nanoseconds."""
        return timedelta(microseconds=self.raw["elapsed"] / 1000)

    def shadow_data(self) -> dict[str, list[Any]]:
        """Each challenger's output tensors, by the challenger's name. Empty without a shadow deploy."""
        return {name: arrays(outputs) for name, outputs in self.raw["shadow_data"].items()}

    def __repr__(self) -> str:
        return f"InferenceResult({pformat(self.raw)})"
