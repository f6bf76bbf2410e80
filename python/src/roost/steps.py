"""The steps of a pipeline in the server's format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from .connection import JSON
from .errors import InvalidInputError
from .model import Model


def model_step(model: Model, workspace: str) -> JSON:
    """Returns a step that runs one model."""
    return {"model": reference(model, workspace)}


def random_split(weighted: Iterable[tuple[float, Model]], hash_key: str | None, workspace: str) -> JSON:
    """Returns a step that runs one of several models, chosen at random or by the value of the hash key."""
    models: list[JSON] = []
    for pair in weighted:
        weight, model = pair if isinstance(pair, (tuple, list)) and len(pair) == 2 else (None, None)
        is_weight = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not is_weight or not math.isfinite(weight or 0) or (weight or 0) < 0:
            raise InvalidInputError(
                f"A random split takes pairs of weight and model, as in [(2, a), (1, b)], not {pair!r}."
            )
        models.append({"model": reference(model, workspace), "weight": weight})
    if not models:
        raise InvalidInputError("A random split needs at least one pair of weight and model.")
    step: JSON = {"models": models}
    return {"random_split": step if hash_key is None else {"hash_key": hash_key, **step}}


def key_split(
    default: Model, key: str, models: Mapping[str, Model], workspace: str, shares: Mapping[str, float] | None = None
) -> JSON:
    """Returns a step that runs the model for the key's value, or the default."""
    if not isinstance(models, Mapping):
        raise InvalidInputError(
            f"A key split takes a dict of models by value of the key, as in {{'de': model}}, not {models!r}."
        )
    chosen = {str(value): reference(model, workspace) for value, model in models.items()}
    step: JSON = {"key": key, "default": reference(default, workspace), "models": chosen}
    return {"key_split": step if shares is None else {**step, "shares": {str(name): shares[name] for name in shares}}}


def shadow_deploy(champion: Model, challengers: Iterable[Model], workspace: str) -> JSON:
    """Returns a step with a champion that answers, and challengers that run on the same input."""
    others = [challengers] if isinstance(challengers, Model) else challengers
    return {
        "shadow_deploy": {
            "champion": reference(champion, workspace),
            "challengers": [reference(model, workspace) for model in others],
        }
    }


def first_model(step: Mapping[str, Any]) -> str:
    """Returns the reference (``NAME@UUID``) of a step's main model: its champion, its default, or its first."""
    if "random_split" in step:
        return str(step["random_split"]["models"][0]["model"])
    if "key_split" in step:
        return str(step["key_split"]["default"])
    if "shadow_deploy" in step:
        return str(step["shadow_deploy"]["champion"])
    return str(step["model"])


def answering_models(step: Mapping[str, Any]) -> list[str]:
    """Returns the references (``NAME@UUID``) of the models whose outputs a step returns, its main model first."""
    if "random_split" in step:
        return [str(choice["model"]) for choice in step["random_split"]["models"]]
    if "key_split" in step:
        split = step["key_split"]
        return [str(model) for model in (split["default"], *split["models"].values())]
    return [first_model(step)]


def main_name(step: Mapping[str, Any]) -> str:
    """Returns the name of a step's main model, or of its function."""
    return f"{step['function']}()" if "function" in step else first_model(step).split("@")[0]


def challenger_names(step: Mapping[str, Any]) -> list[str]:
    """Returns the names of the challengers of a shadow deploy; of another step, an empty list."""
    return [str(model).split("@")[0] for model in step.get("shadow_deploy", {}).get("challengers", [])]


def function_step(name: str, version: str | None) -> JSON:
    """Returns a step that runs a function before the models or after them."""
    return {"function": name if version is None else f"{name}@{version}"}


def reference(model: Any, workspace: str) -> str:
    """Returns the reference (``NAME@UUID``) of a model in a workspace."""
    if not isinstance(model, Model):
        raise InvalidInputError(
            f"A step takes models as returned by upload_model and model_by_name, not {type(model).__name__} {model!r}."
        )
    if model.workspace() != workspace:
        raise InvalidInputError(
            f"Model '{model.name()}' is in workspace '{model.workspace()}', but the pipeline is in '{workspace}'. "
            f"Upload the model there (see `set_current_workspace`), or use another name for the pipeline."
        )
    return f"{model.name()}@{model.version()}"
