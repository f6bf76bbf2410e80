"""Finds what an iopath such as ``output dense_2 0`` names among the inputs and outputs of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .connection import Connection, path
from .errors import InvalidInputError
from .references import inputs, outputs
from .steps import answering_models, first_model


@dataclass(frozen=True)
class Element:
    """A value in each row of an input or an output.

    Attributes:
        side: Whether it is an input or an output.
        name: The name of the input or output.
        tensor: Its position, counted from 0.
        index: The position of the value in a row.
        features: The names of the values in a row, if the model knows them.
    """

    side: Literal["input", "output"]
    name: str
    tensor: int
    index: int
    features: tuple[str, ...] = ()

    @property
    def metric(self) -> str:
        """The element in the language of metrics."""
        return str(inputs[self.name][self.index] if self.side == "input" else outputs[self.tensor][self.index])

    @property
    def column(self) -> str:
        """The name of a column with its values."""
        return f"{self.side}_{self.name}_{self.index}"


class PipelineTensors:
    """The inputs of a pipeline, and the outputs of the model that answers.

    Attributes:
        pipeline: Name of the pipeline.
        inputs, outputs: As in `Model.signature`.

    Raises:
        EntityNotFoundError: If there is no such pipeline.
        InvalidInputError: If the pipeline has no models, or none of this name that answers.
    """

    def __init__(self, connection: Connection, pipeline: str, model: str | None) -> None:
        record = connection.get(path("pipelines", pipeline))
        steps = [step for step in record["version"]["steps"] if "function" not in step]
        if not steps:
            raise InvalidInputError(f"Pipeline '{pipeline}' has no models, so an assay has nothing to watch.")
        answering = answering_models(steps[-1])
        chosen = [found for found in answering if model in (None, found.partition("@")[0])]
        if not chosen:
            names = ", ".join(found.partition("@")[0] for found in answering)
            raise InvalidInputError(
                f"Model '{model}' does not answer in pipeline '{pipeline}'. Expected one of: {names}."
            )

        def signature(reference: str) -> dict[str, list[dict[str, Any]]]:
            name, _, version = reference.partition("@")
            address = path("models", name, "versions", version)
            found: dict[str, Any] = connection.get(address, {"workspace": record["workspace"]})
            signature: dict[str, list[dict[str, Any]]] = found["signature"]
            return signature

        self.pipeline = pipeline
        self.inputs = signature(first_model(steps[0]))["inputs"]
        self.outputs = signature(chosen[0])["outputs"]

    def element(self, iopath: str) -> Element:
        """Returns the element that an iopath names.

        Raises:
            InvalidInputError: If it names none.
        """
        words = iopath.split()
        if len(words) < 3 or words[0] not in ("input", "output") or not words[-1].isdecimal():
            raise InvalidInputError(
                f"{iopath!r} is not a valid iopath. Expected 'input NAME INDEX' or 'output NAME INDEX', such as "
                "'output dense_2 0'."
            )
        side: Literal["input", "output"] = "input" if words[0] == "input" else "output"
        tensors = self.inputs if side == "input" else self.outputs
        name = " ".join(words[1:-1])
        names = [tensor["name"] for tensor in tensors]
        if name not in names:
            raise InvalidInputError(
                f"Pipeline '{self.pipeline}' has no {side} '{name}'. Expected one of: {', '.join(names)}."
            )
        tensor = names.index(name)
        return Element(side, name, tensor, int(words[-1]), tuple(tensors[tensor].get("feature_names") or ()))

    def input_metrics(self, data: Mapping[str, Any]) -> list[str]:
        """Returns each value in a row of the inputs in the language of metrics, in order.

        Args:
            data: The inputs of an inference by name, which tell how many values a row has.

        Raises:
            InvalidInputError: If an input is missing.
        """
        found: list[str] = []
        for tensor in self.inputs:
            name = tensor["name"]
            # The request may have another name for the only input.
            rows = data.get(name, next(iter(data.values())) if len(self.inputs) == len(data) == 1 else None)
            if not isinstance(rows, (list, tuple)) or not rows:
                raise InvalidInputError(f"The first inference has no rows of the input '{name}'.")
            if isinstance(rows[0], Mapping):
                found += [str(inputs[feature]) for feature in rows[0]]
            else:
                found += [str(inputs[name][index]) for index in range(len(flat(rows[0])))]
        return found


def flat(row: Any) -> list[Any]:
    """Returns the values of a row in order, whatever its dimensions."""
    if isinstance(row, (list, tuple)):
        return [value for part in row for value in flat(part)]
    return [row]
