"""Definitions that cannot work are rejected when they are created, with a message that says why, and create nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Api, refused

TWO, FRAUD, SCALER = "bad-definition-two", "bad-definition-fraud", "bad-definition-scaler"
NAME, KNOWN = "bad-definition", "bad-definition-known"


@pytest.fixture(scope="module")
def models(api: Api) -> Api:
    """Two models that do not fit together, a third that fits before one of them, and an existing pipeline."""
    api.upload(TWO, "two-in-two-out.onnx")
    api.upload(FRAUD, "fraud-dense.onnx")
    api.upload(SCALER, "scaler.onnx")
    api.define(KNOWN, [TWO])
    return api


@pytest.fixture(autouse=True)
def nothing_changes(models: Api) -> Iterator[None]:
    """Rejected requests leave all listings unchanged."""
    before = models.listing()
    yield
    assert models.listing() == before


def refused_definition(api: Api, definition: Any, status: int, field: str, *parts: str) -> None:
    """Checks that both ways to create a pipeline reject the definition alike."""
    text = definition if isinstance(definition, str) else json.dumps(definition)
    refused(api.post("/v1/pipelines", data=text), status, field, *parts)
    refused(api.put(f"/v1/pipelines/{NAME}", data=text), status, field, *parts)


def definition(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"name": NAME, "steps": list(steps)} | more


def model(name: str) -> dict[str, Any]:
    return {"model": name}


def split(*choices: tuple[str, Any], **more: Any) -> dict[str, Any]:
    return {"random_split": {"models": [{"model": name, "weight": weight} for name, weight in choices]} | more}


def key_split(key: str, **models: str) -> dict[str, Any]:
    return {"key_split": {"key": key, "default": TWO, "models": models}}


def shadow(champion: str, *challengers: str) -> dict[str, Any]:
    return {"shadow_deploy": {"champion": champion, "challengers": list(challengers)}}


WEIGHT = "steps[0].random_split.models[0].weight"
WEIGHTS: dict[str, tuple[list[tuple[str, Any]], str, list[str]]] = {
    "negative": ([(TWO, -1), (TWO, 2)], "weight", [TWO, "-1", "0 or more"]),
    "all zero": ([(TWO, 0), (TWO, 0)], "weight", ["all 0"]),
    "too large together": ([(TWO, 1e308), (TWO, 1e308)], "weight", ["too large"]),
    "a text": ([(TWO, "1")], WEIGHT, ["must be a number", "string"]),
    "true": ([(TWO, True)], WEIGHT, ["must be a number", "bool"]),
    "null": ([(TWO, None)], WEIGHT, ["must not be null"]),
    "a list": ([(TWO, [1])], WEIGHT, ["must be a number", "array"]),
    "none at all": ([], "models", ["at least one model"]),
}


@pytest.mark.parametrize(("choices", "field", "parts"), WEIGHTS.values(), ids=WEIGHTS)
def test_weights_that_cannot_be_are_refused(
    models: Api, choices: list[tuple[str, Any]], field: str, parts: list[str]
) -> None:
    refused_definition(models, definition(split(*choices)), 400, field, *parts)


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "1e400"])
def test_weights_that_are_not_json_are_refused(models: Api, weight: str) -> None:
    text = json.dumps(definition(split((TWO, "WEIGHT")))).replace('"WEIGHT"', weight)
    refused_definition(models, text, 400, "body", "JSON")


EXPRESSIONS: dict[str, list[str]] = {
    "": ["empty"],
    f"{TWO}.outputs[0][0] <": ["expected a value at the end"],
    f"{TWO}.outputs[0][0] 1": ["expected an operator"],
    f"({TWO}.outputs[0][0] < 1": ["'(' has no matching ')'"],
    f"{TWO}.outputs[0][0] < 1)": ["')' has no matching '('"],
    f"0 < {TWO}.outputs[0][0] < 1": ["'and'"],
    f"{TWO}.outputs[0][0]": ["not a number", "condition"],
    f"{TWO}.outputs[0][0] < 1 and 2": ["'and' needs a Boolean", "number"],
    f'{TWO}.outputs[0][0] < "a"': ["'<' cannot compare a number with a string"],
    f"{TWO}.outputs[0][-1] < 1": ["integers in brackets"],
    f"{TWO}.outputs < 1": ["an index in brackets"],
    "outputs[0][0] < 1": ["must follow a model's name"],
    "import os": ["unexpected 'import'"],
    "__import__('os')": ["unexpected '__import__'"],
    "nope.outputs[0][0] < 1": ["'nope'", "not in the pipeline", TWO],
    f"{FRAUD}.outputs[0][0] < 1": [f"'{FRAUD}'", "not in the pipeline", TWO],
    f"{TWO}.outputs[2][0] < 1": [f"'{TWO}.outputs[2][0]' does not exist", "there are 2"],
    f"{TWO}.outputs[0][3] < 1": [f"'{TWO}.outputs[0][3]' does not exist", "[-1, 3]", "3 elements"],
    f"{TWO}.outputs[0] < 1": ["needs 1 indices", "[-1, 3]"],
    f"{TWO}.outputs[0][0][0] < 1": ["needs 1 indices", "[-1, 3]"],
    "inputs[2][0] < 1": ["'inputs[2][0]' does not exist", "there are 2"],
    f"{TWO}.outputs[99999999999999999999][0] < 1": ["integers in brackets"],
    "(" * 4000: ["expected a value at the end"],
    "not " * 3000 + "true": ["longer than 4096"],
}


@pytest.mark.parametrize(("expression", "parts"), EXPRESSIONS.items(), ids=lambda value: str(value)[:40])
def test_an_expression_that_cannot_work_is_refused(models: Api, expression: str, parts: list[str]) -> None:
    bad = definition(model(TWO), validations=[{"name": "v", "expression": expression}])
    refused_definition(models, bad, 400, "expression", *parts)


VALIDATIONS: dict[str, tuple[Any, str, list[str]]] = {
    "no expression": ([{"name": "v"}], "validations[0].expression", ["missing"]),
    "no name": ([{"expression": "true"}], "validations[0].name", ["missing"]),
    "an empty name": ([{"name": "", "expression": "true"}], "validations", ["1 to 256"]),
    "the same name twice": ([{"name": "v", "expression": "true"}] * 2, "validations", ["'v'", "twice"]),
    "an unknown field": ([{"name": "v", "expression": "true", "x": 1}], "validations[0]", ["'x'", "expression"]),
    "an object": ({"v": "true"}, "validations", ["must be a list", "dictionary"]),
}


@pytest.mark.parametrize(("validations", "field", "parts"), VALIDATIONS.values(), ids=VALIDATIONS)
def test_a_validation_that_is_none_is_refused(models: Api, validations: Any, field: str, parts: list[str]) -> None:
    refused_definition(models, definition(model(TWO), validations=validations), 400, field, *parts)


MISFITS: dict[str, tuple[list[Any], list[str]]] = {
    "after one with other outputs": ([model(FRAUD), model(TWO)], [TWO, "a FP32 [-1, 3]", FRAUD, "[-1, 1]"]),
    "after one with more outputs": ([model(TWO), model(FRAUD)], [FRAUD, "dense_input FP32 [-1, 29]", TWO, "sum"]),
    "in a random split": ([split((TWO, 1), (FRAUD, 1))], [FRAUD, "dense_input", "a FP32 [-1, 3]"]),
    "in a key split": ([key_split("k", x=FRAUD)], [FRAUD, "dense_input", "a FP32 [-1, 3]"]),
    "as a challenger": ([shadow(TWO, FRAUD)], [FRAUD, "dense_input", "a FP32 [-1, 3]"]),
    "in a split whose outputs differ": ([split((SCALER, 1), (FRAUD, 1))], [SCALER, "scaled", FRAUD, "probability"]),
}


@pytest.mark.parametrize(("steps", "parts"), MISFITS.values(), ids=MISFITS)
def test_a_model_that_does_not_fit_is_refused_with_both_signatures(
    models: Api, steps: list[Any], parts: list[str]
) -> None:
    refused_definition(models, definition(*steps), 400, "steps", *parts)


STEPS: dict[str, tuple[list[Any], str, list[str]]] = {
    "a key named like an input": ([key_split("a", x=TWO)], "key", ["'a'", "name of an input"]),
    "a hash key named like an input": ([split((TWO, 1), hash_key="b")], "hash_key", ["'b'", "name of an input"]),
    "a key named like the first step's input": (
        [model(SCALER), split((FRAUD, 1), hash_key="raw")],
        "hash_key",
        ["'raw'", "name of an input"],
    ),
    "an empty key": ([split((TWO, 1), hash_key="")], "hash_key", ["1 to 128 bytes"]),
    "a key split without values": ([key_split("k")], "models", ["at least one value"]),
    "a shadow deploy without challengers": ([shadow(TWO)], "challengers", ["at least one challenger"]),
    "a challenger twice": ([shadow(TWO, TWO, TWO)], "challengers", [TWO, "twice"]),
    "no kind of step": ([{}], "steps[0]", ["exactly one of: model, random_split, key_split, shadow_deploy"]),
    "two kinds of step": ([model(TWO) | shadow(TWO, TWO)], "steps[0]", ["exactly one of: model"]),
    "an unknown kind of step": ([{"modle": TWO}], "steps[0]", ["'modle'", "model, random_split"]),
    "an unknown field of a split": ([split((TWO, 1), seed=3)], "steps[0].random_split", ["'seed'", "hash_key"]),
    "a text": ([TWO], "steps[0]", ["must be an object", "string"]),
    "a model that is a number": ([{"model": 1}], "steps[0].model", ["must be a string", "number"]),
    "a model name outside the rule": ([model("../two")], "steps", ["'../two'", "letters, digits"]),
    "an empty model name": ([model("")], "steps", ["1 to 63 letters"]),
}


@pytest.mark.parametrize(("steps", "field", "parts"), STEPS.values(), ids=STEPS)
def test_a_step_that_cannot_be_is_refused(models: Api, steps: list[Any], field: str, parts: list[str]) -> None:
    refused_definition(models, definition(*steps), 400, field, *parts)


def test_what_does_not_exist_is_named(models: Api) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    refused_definition(models, definition(model("nope")), 404, "model", "'nope'", "'default'")
    refused_definition(models, definition(model(f"{TWO}@{unknown}")), 404, "version", unknown, TWO)
    refused_definition(models, definition(model(TWO), workspace="nope"), 404, "workspace", "'nope'")


NAMES = ["", ".", "..", "../x", "a/b", "-a", ".a", "a b", "a\n", "a\u0000", "ü", "🐓", "x" * 64, "a%2fb"]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_outside_the_rule_is_refused(models: Api, name: str) -> None:
    bad = json.dumps(definition(model(TWO)) | {"name": name})
    refused(models.post("/v1/pipelines", data=bad), 400, "name", "1 to 63 letters, digits")
    bad = json.dumps(definition(model(TWO), workspace=name))
    refused_definition(models, bad, 400, "workspace", "1 to 63 letters, digits")


def test_a_name_that_is_taken_is_a_conflict(models: Api) -> None:
    answer = models.post("/v1/pipelines", json={"name": KNOWN, "steps": [model(TWO)]})
    refused(answer, 409, "name", f"'{KNOWN}' already exists")
    answer = models.post("/v1/workspaces", json={"name": "default"})
    refused(answer, 409, "name", "'default' already exists")


def test_a_name_that_is_not_the_path_s_is_refused(models: Api) -> None:
    answer = models.put("/v1/pipelines/another", json=definition(model(TWO)))
    refused(answer, 400, "name", f"'{NAME}'", "'another'")


BODIES: dict[str, tuple[str, str, list[str]]] = {
    "empty": ("", "body", ["empty"]),
    "a word": ("hello", "body", ["JSON"]),
    "cut short": ('{"name": "bad-def', "body", ["JSON"]),
    "a list": ("[]", "body", ["must be an object", "array"]),
    "null": ("null", "body", ["null"]),
    "a megabyte of brackets": ("[" * (1 << 20), "body", ["JSON"]),
    "no name": ('{"steps": []}', "name", ["missing"]),
    "a name that is a number": ('{"name": 1}', "name", ["must be a string", "number"]),
    "steps that are a text": ('{"name": "bad-definition", "steps": "two"}', "steps", ["must be a list", "string"]),
    "an unknown field": ('{"name": "bad-definition", "stepz": []}', "body", ["'stepz'", "steps, validations"]),
}


@pytest.mark.parametrize(("body", "field", "parts"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_definition_is_refused(models: Api, body: str, field: str, parts: list[str]) -> None:
    refused_definition(models, body, 400, field, *parts)


YAML: dict[str, tuple[str, int, str, list[str]]] = {
    "cut short": ("name: [", 400, "body", []),
    "an alias of nothing": ("name: bad-definition\nsteps: *x", 400, "body", ["Aliases are not supported"]),
    "an alias of itself": ("name: bad-definition\nsteps: &x [*x]", 400, "body", ["Aliases are not supported"]),
    "an unknown field": ("name: bad-definition\nstepz: []", 400, "body", ["'stepz'"]),
    "an unknown model": ("name: bad-definition\nsteps: [{model: nope}]", 404, "model", ["'nope'"]),
    "steps that are an object": ("name: bad-definition\nsteps: {}", 400, "steps", ["must be a list"]),
    "an alias, which could unfold without end": (
        "name: bad-definition\nsteps: &s []\nvalidations: *s",
        400,
        "body",
        ["Aliases are not supported"],
    ),
}


@pytest.mark.parametrize(("body", "status", "field", "parts"), YAML.values(), ids=YAML)
def test_yaml_is_refused_for_the_same_reasons(
    models: Api, body: str, status: int, field: str, parts: list[str]
) -> None:
    answer = models.post("/v1/pipelines", data=body, headers={"Content-Type": "application/yaml"})
    refused(answer, status, field, *parts)


def test_aliases_cannot_make_a_small_definition_huge(models: Api) -> None:
    lines = ["name: bad-definition", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    body = "\n".join([*lines, "steps: *a8"])
    answer = models.post("/v1/pipelines", data=body, headers={"Content-Type": "application/yaml"}, timeout=20)
    assert answer.status_code == 400
