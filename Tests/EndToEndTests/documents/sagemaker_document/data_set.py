"""Data for the document's programs: houses instead of the Boston data, and film reviews as bags of words."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

FEATURES = 13
VOCABULARY = {
    word: index
    for index, word in enumerate(["good", "great", "fine", "bad", "awful", "dull", "film", "actor", "plot", "scene"])
}


def houses(rows: int = 506, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Returns features and prices. The prices follow from the features, with a little noise."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(0, 10, (rows, FEATURES))
    y = 20 + 2 * x[:, 0] - 1.5 * x[:, 5] + 0.3 * x[:, 7] * x[:, 12] + generator.normal(0, 1, rows)
    return x.round(4), y.round(4)


def reviews(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns counts of the vocabulary's words, and whether each review is positive."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, rows)
    rates = np.where(y[:, None] == 1, [3, 2, 1, 0.5, 0.2, 0.3, 2, 1, 1, 1], [0.5, 0.2, 0.3, 2, 2, 1, 2, 1, 1, 1])
    return generator.poisson(rates), y


def write(path: str | Path, *columns: np.ndarray) -> None:
    """Writes a CSV file without header and index, as the built-in algorithms expect."""
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(np.column_stack(columns).tolist())


def split_houses() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns training, validation and test data."""
    x, y = houses()
    return {"train": (x[:250], y[:250]), "validation": (x[250:340], y[250:340]), "test": (x[340:], y[340:])}
