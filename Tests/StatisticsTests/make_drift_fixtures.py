"""Writes drift_fixtures.json: what SciPy and NumPy return, for the tests of drift.

    make_drift_fixtures.py > drift_fixtures.json    in an environment with scipy and numpy

If no other implementation exists, the reference is the formula itself.
"""

from __future__ import annotations

import json
import math
from importlib.metadata import version
from typing import Any

import numpy as np
from scipy import stats
from scipy.spatial import distance

PACKAGES = ["scipy", "numpy"]
FLOOR = 1e-4
cases: dict[str, list[dict[str, Any]]] = {}
random = np.random.default_rng(21)


def add(name: str, numbers: list[Any], expected: Any, arrays: list[Any] | None = None) -> None:
    """Adds a case. All numbers are floating-point."""
    case: dict[str, Any] = {"numbers": [float(x) for x in numbers], "expected": [float(x) for x in expected]}
    case["arrays"] = [[float(x) for x in array] for array in arrays or []]
    assert all(math.isfinite(x) for x in case["numbers"] + case["expected"]), (name, numbers, expected)
    cases.setdefault(name, []).append(case)


def samples() -> list[tuple[Any, Any]]:
    """Pairs of samples: continuous, repeated, far apart, constant, of one value, and large."""
    return [
        (random.normal(size=40), random.normal(0.4, 1.3, 25)),
        (random.integers(0, 6, 60), random.integers(1, 8, 50)),
        (random.lognormal(8, 2, 30), -random.lognormal(8, 2, 20)),
        ([3.5] * 20, [3.5] * 7 + [4]),
        ([2], [5]),
        (random.normal(1e9, 1e-3, 15), random.normal(1e9, 2e-3, 15)),
    ]


def bins() -> None:
    for count in [2, 5, 10]:
        for values, others in samples():
            cuts = np.quantile(values, np.arange(1, count) / count, method="linear")
            edges = np.unique(cuts)
            if np.all(np.diff(cuts)[np.diff(cuts) != 0] > 1e-12 * np.abs(cuts[0])):
                index = np.digitize(others, edges, right=True)
                counts = np.bincount(index, minlength=len(edges) + 1)
                add("quantile bins", [count], [*edges, *counts], [values, others])


def counts() -> None:
    pairs = [
        ([100] * 10, random.multinomial(800, [0.1] * 10)),
        (random.multinomial(500, [0.2] * 5), random.multinomial(90, [0.6, 0.2, 0.1, 0.1, 0])),
        ([5, 0, 0, 7], [0, 3, 0, 9]),
        ([1], [9]),
        ([10**12, 3 * 10**12], [10**15, 10**12]),
    ]
    for baseline, window in pairs:
        p, q = np.array(baseline) / np.sum(baseline), np.array(window) / np.sum(window)
        a, b = np.maximum(p, FLOOR), np.maximum(q, FLOOR)
        expected = [((b - a) * np.log(b / a)).sum(), distance.jensenshannon(p, q, 2)]
        add("counts", [], [*expected, np.abs(p - q).max(), np.abs(p - q).sum()], [baseline, window])


def values() -> None:
    for a, b in samples():
        d = stats.ks_2samp(a, b).statistic
        p = stats.kstwobign.sf(d * math.sqrt(len(a) * len(b) / (len(a) + len(b))))
        w = stats.wasserstein_distance(a, b)
        add("values", [], [d, p, w, w / max(np.std(a), 0.001)], [a, b])


def noise() -> None:
    for b, n, m, confidence in [
        (10, 5000, 300, 0.95),
        (10, 5000, 1000, 0.99),
        (2, 20, 1, 0.5),
        (200, 10**6, 10**9, 0.999),
    ]:
        bound = stats.chi2.ppf(confidence, b - 1) * (1 / n + 1 / m)
        add("noise", [b, n, m, confidence], [bound, (b - 1) * (1 / n + 1 / m)])


def chi_squared() -> None:
    tables = [
        ([50, 30, 20], [40, 45, 15]),
        (random.multinomial(5000, [0.3, 0.3, 0.2, 0.1, 0.1]), random.multinomial(900, [0.3, 0.28, 0.2, 0.1, 0.12])),
        # A new category, and one that is gone.
        ([500, 480, 20, 0], [490, 470, 0, 40]),
        # One of five may be small; the second is merged.
        ([400, 300, 200, 100, 3], [420, 280, 190, 104, 6]),
        ([400, 300, 200, 4, 3], [420, 280, 190, 1, 6]),
        # Many rare ones, merged one after the other.
        (random.multinomial(300, [0.4, 0.3] + [0.3 / 60] * 60), random.multinomial(200, [0.3, 0.4] + [0.3 / 60] * 60)),
        # Of two columns, both must expect 10.
        ([60, 40], [22, 28]),
    ]
    for baseline, window in tables:
        table = merged(np.array([baseline, window], float))
        result = stats.chi2_contingency(table, correction=False)
        add("chi-squared contingency", [], [result.statistic, result.dof, result.pvalue], [baseline, window])


def merged(table: Any) -> Any:
    """Merges the smallest columns until the test may be used. Written apart from what is tested, on whole columns."""
    table = table[:, table.sum(axis=0) > 0]
    while table.shape[1] > 1:
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)).min(axis=0) / table.sum()
        columns = table.shape[1]
        small = (expected < (10 if columns == 2 else 5)).sum()
        if small <= (0 if columns == 2 else columns // 5) and expected.min() >= 1:
            return table
        table = table[:, np.argsort(table.sum(axis=0), kind="stable")]
        table = np.column_stack([table[:, 2:], table[:, 0] + table[:, 1]])
    raise AssertionError("nothing is left to test")


for make in [bins, counts, values, noise, chi_squared]:
    make()
lines = [
    f"    {json.dumps(name)}: [\n" + ",\n".join(f"      {json.dumps(case)}" for case in each) + "\n    ]"
    for name, each in cases.items()
]
versions = json.dumps({name: version(name) for name in PACKAGES})
print(f'{{\n  "versions": {versions},\n  "cases": {{\n' + ",\n".join(lines) + "\n  }\n}")
