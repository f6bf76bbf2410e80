"""What a pipeline does: its steps and validations, and when adding to them starts over."""

from __future__ import annotations

from collections.abc import Iterable

from .connection import JSON
from .errors import InvalidInputError
from .expressions import Expression


class Definition:
    """Steps in order, and validations by name.

    A definition that is *settled* (it was deployed, or taken up again from the server) stays as it is until a step is
    added: that starts it over, so that a notebook and each of its cells can be run a second time. Validations that were
    added since it settled are kept. Replacing or removing a step changes the settled definition instead, and steps
    added after that extend it.

    Attributes:
        steps: As the server takes them.
        validations: ``{"name": …, "expression": …}``, in the order in which they were added.
    """

    def __init__(self, steps: Iterable[JSON] = (), validations: Iterable[JSON] = ()) -> None:
        self.steps = list(steps)
        self.validations = list(validations)
        self.settle()

    def settle(self) -> None:
        """Marks the definition as done, so that the next added step starts it over."""
        self._is_settled = True
        self._added: set[str] = set()

    def add(self, step: JSON) -> None:
        """Appends a step, to nothing where the definition is settled."""
        if self._is_settled:
            self.steps = []
            self.validations = [validation for validation in self.validations if validation["name"] in self._added]
            self._is_settled = False
        self.steps.append(step)

    def replace(self, index: int, step: JSON) -> None:
        """Puts a step in place of another."""
        self.steps[self._position(index)] = step
        self._is_settled = False

    def remove(self, index: int) -> None:
        """Takes a step out."""
        del self.steps[self._position(index)]
        self._is_settled = False

    def clear(self) -> None:
        """Takes out all steps and validations."""
        self.steps, self.validations = [], []
        self._is_settled = False

    def add_validation(self, name: str, expression: Expression | str) -> None:
        """Adds a validation, in place of the one of the same name."""
        if isinstance(expression, Expression):
            if not expression.is_condition:
                raise InvalidInputError(f"Validation '{name}' must be true or false, but `{expression}` is a value.")
        elif not isinstance(expression, str):
            raise InvalidInputError(
                f"Validation '{name}' takes a condition such as `model.outputs[0][0] < 100`, not {expression!r}."
            )
        validation = {"name": name, "expression": str(expression)}
        names = [other["name"] for other in self.validations]
        if name in names:
            self.validations[names.index(name)] = validation
        else:
            self.validations.append(validation)
        self._added.add(name)

    def content(self) -> JSON:
        """Steps and validations as the server takes them; a copy."""
        return {"steps": list(self.steps), "validations": list(self.validations)}

    def _position(self, index: int) -> int:
        if not 0 <= index < len(self.steps):
            raise IndexError(f"There is no step {index}; the pipeline has {len(self.steps)}, counted from 0.")
        return index
