"""Synthetic data sets: card payments and houses. Nothing here is real."""

import numpy as np

FRAUD_FEATURES = 29
# The shift of the most obvious fraud from an ordinary payment, in standard deviations, by feature.
FRAUD_SHIFT = {1: 1.2, 2: -2.0, 3: 2.2, 6: -1.3, 9: -2.1, 10: 2.0, 11: -2.4, 13: -2.6, 15: -1.6, 16: -2.3, 28: 0.8}

HOUSE_FEATURES = [
    "living_area_m2", "rooms", "bathrooms", "lot_area_m2", "floors", "age_years", "renovated_years_ago",
    "center_km", "school_score", "transit_minutes", "noise_db", "crime_rate", "energy_kwh_m2",
]


def card_payments(count, fraud_share, seed):
    """Returns standardized payments as (features [count, 29], is_fraud [count, 1])."""
    random = np.random.default_rng(seed)
    is_fraud = (random.random(count) < fraud_share).astype(np.float64)
    strength = random.uniform(0.4, 1.0, size=(count, 1))
    features = random.normal(size=(count, FRAUD_FEATURES)) + is_fraud[:, None] * strength * fraud_shift()
    return features.round(4), is_fraud[:, None]


def fraud_shift():
    shift = np.zeros(FRAUD_FEATURES)
    shift[list(FRAUD_SHIFT)] = list(FRAUD_SHIFT.values())
    return shift


def payment_scale(seed):
    """Returns the mean and the standard deviation of each feature of a payment before standardization."""
    random = np.random.default_rng(seed)
    mean = random.uniform(-5, 5, FRAUD_FEATURES)
    deviation = random.uniform(0.5, 4, FRAUD_FEATURES)
    mean[28], deviation[28] = 88.35, 250.12  # the amount
    return mean.round(4), deviation.round(4)


def houses(count, seed):
    """Returns houses as (features [count, 13], price [count, 1]). A price is in units of 10,000."""
    random = np.random.default_rng(seed)
    area = random.uniform(45, 180, count)
    rooms = np.clip(np.round(area / 28 + random.normal(0, 0.7, count)), 1, 8)
    bathrooms = np.clip(np.round(area / 75 + random.normal(0, 0.4, count)), 1, 4)
    lot = area * random.uniform(1, 5, count)
    floors = random.integers(1, 4, count)
    age = random.uniform(0, 90, count)
    renovated = np.minimum(age, random.uniform(0, 40, count))
    center = random.gamma(2, 3, count)
    school = random.uniform(3, 10, count)
    transit = random.uniform(1, 30, count)
    noise = random.uniform(35, 70, count)
    crime = random.gamma(2, 1.5, count)
    energy = random.uniform(40, 260, count)
    features = np.stack(
        [area, rooms, bathrooms, lot, floors, age, renovated, center, school, transit, noise, crime, energy], axis=1)
    price = (
        2 + 0.15 * area + 0.5 * rooms + 0.8 * bathrooms + 0.006 * lot - 0.03 * age - 0.05 * renovated - 0.3 * center
        + 0.9 * school - 0.06 * transit - 0.05 * (noise - 35) - 0.4 * crime - 0.012 * energy
        + random.normal(0, 0.8, count))
    return features.round(2), np.clip(price, 3, 50)[:, None]
