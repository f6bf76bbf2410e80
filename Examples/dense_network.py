"""A small dense network, trained with NumPy only."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def train(features, targets, hidden, seed, classify, steps=1500, batch=256, rate=3e-3):
    """Trains features -> hidden (ReLU) ... -> 1 with Adam, and returns the layers as [(weights, bias)].

    The last layer gives a logit (cross-entropy loss) if `classify`, and otherwise the value itself (squared loss).
    """
    random = np.random.default_rng(seed)
    sizes = [features.shape[1], *hidden, 1]
    parameters = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        parameters += [random.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)), np.zeros(fan_out)]
    momentum = [np.zeros_like(p) for p in parameters]
    variance = [np.zeros_like(p) for p in parameters]

    for step in range(1, steps + 1):
        rows = random.integers(0, len(features), batch)
        gradients = _gradients(parameters, features[rows], targets[rows], classify)
        for index, gradient in enumerate(gradients):
            momentum[index] = 0.9 * momentum[index] + 0.1 * gradient
            variance[index] = 0.999 * variance[index] + 0.001 * gradient**2
            parameters[index] -= (
                rate * (momentum[index] / (1 - 0.9**step)) / (np.sqrt(variance[index] / (1 - 0.999**step)) + 1e-8))
    return list(zip(parameters[::2], parameters[1::2]))


def _gradients(parameters, features, targets, classify):
    layers = list(zip(parameters[::2], parameters[1::2]))
    activations = [features]
    for weights, bias in layers[:-1]:
        activations.append(np.maximum(activations[-1] @ weights + bias, 0))
    output = activations[-1] @ layers[-1][0] + layers[-1][1]
    error = ((sigmoid(output) if classify else output) - targets) / len(features)

    gradients = []
    for (weights, _), activation in zip(reversed(layers), reversed(activations)):
        gradients = [activation.T @ error, error.sum(axis=0), *gradients]
        error = (error @ weights.T) * (activation > 0)
    return gradients
