"""The result of an inference."""

from __future__ import annotations

from datetime import timedelta
from pprint import pformat
from typing import Any

from .tensors import arrays


class InferenceResult:
    """The result of one inference.

    Attributes:
        raw: The response as the server sent it.
        id: The inference's ID in the log.
    """

    def __init__(self, raw: dict[str, Any], id: str | None = None) -> None:
        self.raw = raw
        self.id = id

    def model(self) -> tuple[str, str]:
        """Returns the name and the version (a UUID) of the model that answered."""
        return self.raw["model_name"], self.raw["model_version"]

    def data(self) -> list[Any]:
        """Returns the output tensors as numpy arrays, or as nested lists if numpy is not installed."""
        return arrays(self.raw["outputs"])

    def result(self) -> Any:
        """Returns what the functions after the models made of the outputs; None if the pipeline has none."""
        return self.raw.get("result")

    def input_data(self) -> dict[str, Any]:
        """Returns the inputs by name, as they were sent or as the functions before the models made them."""
        inputs: dict[str, Any] = self.raw["original_data"]
        return inputs

    def check_failures(self) -> list[dict[str, Any]]:
        """Returns the validations that failed, each as ``{"False": {"expr": "…"}}``.

        If the request had several rows, ``rows`` lists those that failed.
        """
        failures: list[dict[str, Any]] = self.raw["check_failures"]
        return failures

    def time_elapsed(self) -> timedelta:
        """Returns how long the inference took on the server. ``raw["elapsed"]`` has it in nanoseconds."""
        return timedelta(microseconds=self.raw["elapsed"] / 1000)

    def shadow_data(self) -> dict[str, list[Any]]:
        """Returns the output tensors of each challenger by name. Empty without a shadow deploy."""
        return {name: arrays(outputs) for name, outputs in self.raw["shadow_data"].items()}

    def __repr__(self) -> str:
        return f"InferenceResult({pformat(self.raw)})"
