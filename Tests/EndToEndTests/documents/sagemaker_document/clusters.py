"""Data for the SDKs' built-in estimators: two classes, clusters, and products of features."""

from __future__ import annotations

import numpy as np


def classes() -> tuple[np.ndarray, np.ndarray]:
    """Returns features, and which of two overlapping classes each row belongs to."""
    chance = np.random.default_rng(11)
    x = chance.normal(size=(600, 5)).astype("float32")
    y = (x[:, 0] - 2 * x[:, 1] + chance.normal(size=600) > 0.3).astype("float32")
    return x, y


def clusters() -> np.ndarray:
    """Returns rows around four centers."""
    chance = np.random.default_rng(12)
    middles = np.array([[0, 0, 0], [9, 0, 1], [0, 9, 2], [9, 9, 3]], dtype=float)
    return np.concatenate([middle + chance.normal(size=(50, 3)) for middle in middles]).astype("float32")


def products() -> tuple[np.ndarray, np.ndarray]:
    """Returns features that are mostly 0, and sums of their products, which no linear model can learn."""
    chance = np.random.default_rng(13)
    x = chance.choice([0.0, 0.0, 1.0], size=(2000, 6)).astype("float32")
    return x, (2 * x[:, 0] * x[:, 1] - 3 * x[:, 2] * x[:, 3] + x[:, 4]).astype("float32")
