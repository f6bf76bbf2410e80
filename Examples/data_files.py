"""The requests in `data/`."""

import numpy as np
import synthetic_data
from example_files import write_json

ABSURD_ROW = 17


def make(root, seed):
    data = root / "data"
    features, is_fraud = synthetic_data.card_payments(1000, 0.02, seed + 300)
    write_json(data / "fraud-1000.json", {"tensor": features.tolist()})

    frauds = features[is_fraud[:, 0] == 1]
    fraud = frauds[[np.argmax(frauds @ synthetic_data.fraud_shift())]]  # the most obvious one
    write_json(data / "fraud.json", {"tensor": fraud.tolist()})
    mean, deviation = synthetic_data.payment_scale(seed)
    write_json(data / "fraud-raw.json", {"raw": (fraud * deviation + mean).round(4).tolist()})

    homes, _ = synthetic_data.houses(20, seed + 400)
    homes[ABSURD_ROW, 0] = np.round(homes[ABSURD_ROW, 0] * 100)  # the living area without its decimal point
    write_json(data / "houses.json", {"features": homes.tolist()})

    features, price = synthetic_data.houses(400, seed + 500)
    np.savetxt(data / "houses.csv", np.hstack([price, features]), fmt="%.7g", delimiter=",")
