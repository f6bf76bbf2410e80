"""The result of an inference."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pprint import pformat
from typing import Any

from .errors import RoostError
from .frames import pandas
from .tensors import arrays, by_row

_OutputNames = Callable[[str, str], list[str]]


class InferenceResult:
    """The result of one inference.

    Attributes:
        raw: The response as the server sent it.
        id: The inference's ID in the log.
    """

    def __init__(self, raw: dict[str, Any], id: str | None = None, output_names: _OutputNames | None = None) -> None:
        self.raw = raw
        self.id = id
        self._output_names = output_names

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

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each row of the request.

        The columns are ``model``, the model that answered; each of its outputs by name, or ``NAME[0]``, ``NAME[1]``, …
        if it has several values for a row; the first output of each challenger as ``CHALLENGER.outputs[0]``, in the
        same way; and ``check_failures``, a list of the conditions that the row does not satisfy.

        Raises:
            RoostError: If pandas is not installed, or the outputs have different numbers of rows.
        """
        outputs = self.raw["outputs"]
        model, version = self.model()
        names = self._output_names(model, version) if self._output_names else []
        if len(names) != len(outputs):
            names = [f"outputs[{index}]" for index in range(len(outputs))]
        columns = [column for name, output in zip(names, outputs, strict=True) for column in by_row(name, output)]
        for challenger, others in self.raw["shadow_data"].items():
            columns += [column for output in others[:1] for column in by_row(f"{challenger}.outputs[0]", output)]
        count = len(columns[0][1]) if columns else 0
        if any(len(values) != count for _, values in columns):
            raise RoostError("The outputs have different numbers of rows. Use `data()`.")
        frame = pandas().DataFrame(dict(columns), index=range(count))
        frame.insert(0, "model", model)
        frame["check_failures"] = [self._failures_of(row) for row in range(count)]
        return frame

    def _failures_of(self, row: int) -> list[str]:
        details = [detail for failure in self.check_failures() for detail in failure.values()]
        return [detail["expr"] for detail in details if row in detail.get("rows", [row])]

    def __repr__(self) -> str:
        return f"InferenceResult({pformat(self.raw)})"
