"""A pipeline's definition: its steps, validations and settings, and when adding a step starts it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .connection import JSON
from .errors import InvalidInputError
from .expressions import Expression

#: The settings of monitoring in a definition.
SETTINGS = ("goal", "guardrails", "labels", "log")


class Definition:
    """Steps in order, validations by name, and the settings of monitoring.

    A definition is *settled* once it is deployed or loaded from the server. The next added step starts a settled
    definition over, so that a notebook and each of its cells can be run again. Validations and settings added since it
    settled are kept. Replacing or removing a step instead changes the settled definition, and steps added after that
    extend it.

    Attributes:
        steps: The steps in the server's format.
        validations: ``{"name": …, "expression": …}``, in the order they were added.
        settings: ``goal``, ``guardrails``, ``labels`` and ``log``, as far as they were set.
    """

    def __init__(
        self, steps: Iterable[JSON] = (), validations: Iterable[JSON] = (), settings: Mapping[str, Any] | None = None
    ) -> None:
        self.steps = list(steps)
        self.validations = list(validations)
        self.settings = dict(settings or {})
        self.settle()

    @classmethod
    def of(cls, version: JSON) -> Definition:
        """Returns the definition of a pipeline's version."""
        return cls(version["steps"], version["validations"], {key: version[key] for key in SETTINGS if key in version})

    def settle(self) -> None:
        """Marks the definition as complete, so that the next added step starts it over."""
        self._is_settled = True
        self._added: set[str] = set()
        self._set: set[str] = set()

    def add(self, step: JSON) -> None:
        """Appends a step, first starting the definition over if it is settled."""
        if self._is_settled:
            self.steps = []
            self.validations = [validation for validation in self.validations if validation["name"] in self._added]
            self.settings = {key: value for key, value in self.settings.items() if key in self._set}
            self._is_settled = False
        self.steps.append(step)

    def replace(self, index: int, step: JSON) -> None:
        """Replaces the step at an index."""
        self.steps[self._position(index)] = step
        self._is_settled = False

    def remove(self, index: int) -> None:
        """Removes the step at an index."""
        del self.steps[self._position(index)]
        self._is_settled = False

    def clear(self) -> None:
        """Removes all steps, validations and settings."""
        self.steps, self.validations, self.settings = [], [], {}
        self._is_settled = False

    def add_validation(self, name: str, expression: Expression | str) -> None:
        """Adds a validation, replacing any of the same name."""
        if isinstance(expression, Expression):
            if not expression.is_condition:
                raise InvalidInputError(f"Validation '{name}' must be a condition, but `{expression}` is a value.")
        elif not isinstance(expression, str):
            raise InvalidInputError(
                f"Validation '{name}' must be a condition such as `model.outputs[0][0] < 100`, not {expression!r}."
            )
        validation = {"name": name, "expression": str(expression)}
        names = [other["name"] for other in self.validations]
        if name in names:
            self.validations[names.index(name)] = validation
        else:
            self.validations.append(validation)
        self._added.add(name)

    def set(self, key: str, value: Any) -> None:
        """Sets the goal, the labels or the log, or removes it if the value is None."""
        self._set.add(key)
        self.settings.pop(key, None)
        if value is not None:
            self.settings[key] = value

    def add_guardrail(self, metric: JSON) -> None:
        """Adds a guardrail, replacing any on the same metric."""
        known = self.settings.get("guardrails", [])
        others = [guardrail for guardrail in known if _name(guardrail) != metric["metric"]]
        self.set("guardrails", [*others, metric])

    def content(self) -> JSON:
        """Returns a copy of the definition in the server's format."""
        return {"steps": list(self.steps), "validations": list(self.validations), **self.settings}

    def _position(self, index: int) -> int:
        if not 0 <= index < len(self.steps):
            raise IndexError(
                f"There is no step {index}. Steps are numbered from 0; the pipeline has {len(self.steps)}."
            )
        return index


def _name(guardrail: JSON | str) -> str:
    return guardrail if isinstance(guardrail, str) else str(guardrail["metric"])
