"""Sends inferences to a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import request_body
from .connection import path
from .errors import InvalidInputError
from .pipeline_record import PipelineRecord
from .results import InferenceResult
from .steps import first_model

# By default, the server sends NaN and the infinities as null, which makes them indistinguishable.
_PARAMETERS = {"non_finite": "string"}


class InferencePipeline(PipelineRecord):
    """The part of a pipeline that runs inferences."""

    def infer(
        self, inputs: Any, timeout: float | None = None, headers: Mapping[str, str] | None = None
    ) -> list[InferenceResult]:
        """Runs one inference.

        Args:
            inputs: A dict of inputs by name, each a nested list or a numpy array of shape ``[rows, …]``; it may also
                hold the key of a split. For a model with one input, also the list or array itself. Or a pandas
                DataFrame with a column for each input or, for a model with one input, a column for each of its values;
                these are put in the model's order if it knows their names. NaN, ``None`` and ``pandas.NA`` are missing
                values.
            timeout: Seconds to wait, overriding the client's timeout.
            headers: Additional HTTP headers, such as the key of a split.

        Returns:
            A list with one result.

        Raises:
            InvalidInputError: If a value cannot be sent as JSON, or the columns of a DataFrame are not the model's.
            APIError: If the server rejects the inputs or the pipeline is not deployed.
        """
        return self._infer(request_body.encode(inputs, self._input_signature), timeout, headers)

    def infer_from_file(
        self, path: str | Path, timeout: float | None = None, headers: Mapping[str, str] | None = None
    ) -> list[InferenceResult]:
        """Runs one inference on the inputs in a JSON file, which is sent unchanged.

        Raises:
            MissingFileError: If the file does not exist.
            APIError: If the server rejects the inputs or the pipeline is not deployed.
        """
        return self._infer(request_body.existing_file(path).read_bytes(), timeout, headers)

    def _infer(self, body: bytes, timeout: float | None, headers: Mapping[str, str] | None) -> list[InferenceResult]:
        sent = {**(headers or {}), "Content-Type": "application/json"}
        response = self._connection.request(
            "POST", self._path("infer"), params=_PARAMETERS, data=body, headers=sent, timeout=timeout
        )
        raw = self._connection.json(response)
        return [InferenceResult(raw, response.headers.get("X-Roost-Inference-Id"), self._output_names)]

    def _output_names(self, model: str, version: str) -> list[str]:
        address = path("models", model, "versions", version)
        record = self._connection.get(address, {"workspace": self.workspace()})
        return [str(tensor["name"]) for tensor in record["signature"]["outputs"]]

    def _input_signature(self) -> request_body.Signature:
        steps = self._record["version"]["steps"]
        if not steps:
            self._refresh()
            steps = self._record["version"]["steps"]
        if not steps:
            raise InvalidInputError(f"Pipeline '{self.name()}' has no steps.")
        name, _, version = first_model(steps[0]).partition("@")
        record = self._connection.get(path("models", name, "versions", version), {"workspace": self.workspace()})
        signature: request_body.Signature = record["signature"]["inputs"]
        return signature
