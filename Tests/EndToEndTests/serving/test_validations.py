"""Validations of results: for each row, and only of the model that ran."""

from __future__ import annotations

import json
from typing import Any

import pytest
from harness import DATA, EXPECTED, Api

CONTROL, CHALLENGER = "validations-control", "validations-challenger"
FRAUD: list[list[float]] = json.loads((DATA / "fraud.json").read_text())["tensor"]


@pytest.fixture(scope="module")
def validated(api: Api) -> Api:
    """The shared server, with the models that the expressions refer to."""
    for name, artifact in {
        CONTROL: "fraud-dense.onnx",
        CHALLENGER: "fraud-dense-2.onnx",
        "house": "house-price.onnx",
        "two": "two-in-two-out.onnx",
        "iris": "iris-strings.onnx",
    }.items():
        api.upload(name, artifact)
    return api


def shadow(champion: str, *challengers: str) -> dict[str, Any]:
    return {"shadow_deploy": {"champion": champion, "challengers": list(challengers)}}


def test_a_failed_validation_names_its_rows(validated: Api) -> None:
    validated.serve("checked-houses", ["house"], [("price too high", "house.outputs[0][0] < 100")])
    houses = json.loads((DATA / "houses.json").read_text())
    result = validated.infer("checked-houses", houses)
    assert result["check_failures"] == [{"False": {"expr": "house.outputs[0][0] < 100", "rows": [17]}}]
    # A single row has no number.
    bad = validated.infer("checked-houses", {"features": houses["features"][17:18]})
    assert bad["check_failures"] == [{"False": {"expr": "house.outputs[0][0] < 100"}}]
    good = validated.infer("checked-houses", {"features": houses["features"][:17]})
    assert good["check_failures"] == []
    assert [entry["valid"] for entry in validated.logs("checked-houses")] == [True, False, False]
    assert validated.logs("checked-houses", valid="false", limit="1")[0]["check_failures"] == bad["check_failures"]


# For a = [1, 2, 3] and b = [4, 5, 6]: sum = [5, 7, 9], product = [4, 10, 18].
HOLDS = {
    "two.outputs[0][0] == 5": True,
    "two.outputs[0][0] != 5": False,
    "two.outputs[1][2] >= 18 and two.outputs[1][2] <= 18": True,
    "two.outputs[0][0] > 5 and two.outputs[0][1] == 7": False,
    "two.outputs[0][0] > 5 or two.outputs[0][1] == 7": True,
    "not two.outputs[0][0] > 5": True,
    "not (two.outputs[0][0] > 5 or two.outputs[0][1] == 7)": False,
    "not two.outputs[0][0] > 5 and two.outputs[0][1] < 7": False,
    "two.outputs[0][0] > 5 and false or true": True,
    "two.outputs[0][0] > 5 and (false or true)": False,
    "1 + 2 * 3 == 7": True,
    "(1 + 2) * 3 == 9": True,
    "10 - 3 - 2 == 5": True,
    "8 / 4 / 2 == 1": True,
    "two.outputs[0][0] - 1 == 4": True,
    "two.outputs[0][0] == -5 + 10": True,
    "two.outputs[1][0] == inputs[0][0] * inputs[1][0]": True,
    "two.outputs[0][2] == inputs[0][2] + inputs[1][2]": True,
    "inputs[0][0] > inputs[1][0]": False,
    "two.outputs[0][0] / 0 > 1e300": True,
}


@pytest.mark.parametrize(("expression", "holds"), HOLDS.items(), ids=HOLDS)
def test_an_expression_is_evaluated_as_it_reads(validated: Api, expression: str, holds: bool) -> None:
    validated.serve("expressions", ["two"], [("v", expression)])
    result = validated.infer("expressions", {"a": [[1, 2, 3]], "b": [[4, 5, 6]]})
    assert result["check_failures"] == ([] if holds else [{"False": {"expr": expression}}])


def test_texts_are_compared_and_a_tensor_of_one_dimension_has_one_value_a_row(validated: Api) -> None:
    expected = json.loads((EXPECTED / "iris-strings.json").read_text())
    rules = [("with a place", 'iris.outputs[0][0] == "setosa"'), ("without", 'iris.outputs[0] != "virginica"')]
    validated.serve("texts", ["iris"], [*rules, ("likely", "iris.outputs[1][0] > 0.5")])
    failures = validated.infer("texts", expected["inputs"])["check_failures"]
    assert failures == [
        {"False": {"expr": 'iris.outputs[0][0] == "setosa"', "rows": [1, 2]}},
        {"False": {"expr": 'iris.outputs[0] != "virginica"', "rows": [2]}},
        {"False": {"expr": "iris.outputs[1][0] > 0.5", "rows": [1, 2]}},
    ]


def test_a_validation_applies_only_to_the_model_that_ran(validated: Api) -> None:
    rules = [("control", f"{CONTROL}.outputs[0][0] > 2"), ("challenger", f"{CHALLENGER}.outputs[0][0] > 2")]
    models = {"b": CHALLENGER}
    validated.serve("apart", [{"key_split": {"key": "arm", "default": CONTROL, "models": models}}], rules)
    for arm, model in {"a": CONTROL, "b": CHALLENGER}.items():
        failures = validated.infer("apart", {"tensor": FRAUD, "arm": arm})["check_failures"]
        assert failures == [{"False": {"expr": f"{model}.outputs[0][0] > 2"}}]


def test_a_challenger_s_validation_is_in_its_own_entry(validated: Api) -> None:
    validated.serve("apart-in-shadow", [shadow(CONTROL, CHALLENGER)], [("v", f"{CHALLENGER}.outputs[0][0] > 2")])
    result = validated.infer("apart-in-shadow", {"tensor": FRAUD})
    assert result["check_failures"] == []
    valid = {entry["model_name"]: entry["valid"] for entry in validated.logs("apart-in-shadow")}
    assert valid == {CONTROL: True, CHALLENGER: False}
