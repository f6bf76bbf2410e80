"""A pipeline's definition: its steps and validations, and when adding a step starts it over."""

from __future__ import annotations

from collections.abc import Iterable

from .connection import JSON
from .errors import InvalidInputError
from .expressions import Expression


class Definition:
    """Steps in order, and validations by name.

    A definition is *settled* once it is deployed or loaded from the server. The next added step starts a settled
    definition over, so that a notebook and each of its cells can be run again. Validations added since it settled are
    kept. Replacing or removing a step instead changes the settled definition, and steps added after that extend it.

    Attributes:
        steps: The steps in the server's format.
        validations: ``{"name": …, "expression": …}``, in the order they were added.
    """

    def __init__(self, steps: Iterable[JSON] = (), validations: Iterable[JSON] = ()) -> None:
        self.steps = list(steps)
        self.validations = list(validations)
        self.settle()

    def settle(self) -> None:
        """Marks the definition as complete, so that the next added step starts it over."""
        self._is_settled = True
        self._added: set[str] = set()

    def add(self, step: JSON) -> None:
        """Appends a step, first starting the definition over if it is settled."""
        if self._is_settled:
            self.steps = []
            self.validations = [validation for validation in self.validations if validation["name"] in self._added]
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
        """Removes all steps and validations."""
        self.steps, self.validations = [], []
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

    def content(self) -> JSON:
        """Returns a copy of the steps and validations in the server's format."""
        return {"steps": list(self.steps), "validations": list(self.validations)}

    def _position(self, index: int) -> int:
        if not 0 <= index < len(self.steps):
            raise IndexError(
                f"There is no step {index}. Steps are numbered from 0; the pipeline has {len(self.steps)}."
            )
        return index
