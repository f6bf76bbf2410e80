from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree

import pytest

from roost.charts import Plot, Scale


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([0, 7], [0, 2, 4, 6]),
        ([-3, 130], [0, 50, 100]),
        ([1.5e6, 1.9e6], [1.5e6, 1.6e6, 1.7e6, 1.8e6, 1.9e6]),
    ],
)
def test_ticks_are_round(values: list[float], ticks: list[float]) -> None:
    assert Scale.over(values).ticks() == pytest.approx(ticks)


def test_ticks_of_a_log_scale_are_powers_of_ten() -> None:
    assert Scale.over([0.5, 2000], is_log=True).ticks() == [1, 10, 100, 1000]
    assert Scale.over([2, 5], is_log=True).ticks() == [2, 5]


@pytest.mark.parametrize(
    "values", [[], [0], [5], [-5, -5], [-1.7e308, 1.7e308], [5e-324, 1e-323], [1e15, 1e15 + 1], [1.79e308]]
)
def test_any_finite_numbers_have_a_scale(values: list[float]) -> None:
    scale = Scale.over(values)
    places = [scale.place(value) for value in values]
    assert all(0 <= place <= 1 for place in places)
    assert all(math.isfinite(tick) for tick in scale.ticks())
    svg = Plot("t").y_axis(scale).x_axis(scale).curve([(value, value) for value in values], scale, scale).chart().svg
    assert "nan" not in svg
    ElementTree.fromstring(svg)


def test_a_place_is_a_number_again() -> None:
    for scale in (Scale.over([2, 10]), Scale.over([2, 10], is_log=True)):
        assert scale.value(scale.place(5)) == pytest.approx(5)
