"""The XGBoost models, in the library's own formats."""

import numpy as np
import synthetic_data
import xgboost
from example_files import write_expected, write_tar_gz

SETTINGS = {"n_estimators": 24, "max_depth": 3, "learning_rate": 0.3, "tree_method": "exact", "n_jobs": 1}


def make(root, seed):
    """Writes every XGBoost model and its expected outputs."""
    payments, _ = synthetic_data.card_payments(6, 0.5, seed + 100)
    homes, _ = synthetic_data.houses(4, seed + 200)
    flowers = np.array([[5.1, 3.5, 1.4, 0.2], [6.0, 2.7, 4.2, 1.3], [6.7, 3.1, 5.6, 2.4]])

    fraud = train_fraud(seed, "binary:logistic").get_booster()
    housing = train_housing(seed).get_booster()
    iris = train_iris(seed).get_booster()

    models = root / "models"
    write_tar_gz(models / "fraud-binary.tar.gz", {"xgboost-model": bytes(fraud.save_raw("ubj"))})
    (models / "fraud-binary.json").write_bytes(fraud.save_raw("json"))
    (models / "housing-regression.json").write_bytes(housing.save_raw("json"))
    (models / "housing-regression.ubj").write_bytes(housing.save_raw("ubj"))
    (models / "iris-multiclass.json").write_bytes(iris.save_raw("json"))

    for name, booster, rows in [
        ("fraud-binary", fraud, payments), ("housing-regression", housing, homes), ("iris-multiclass", iris, flowers)
    ]:
        rows = rows.astype(np.float32)
        write_expected(root, name, {"input": rows}, {"0": predict(booster, rows)})


def predict(booster, rows):
    """Returns XGBoost's predictions, one row for each input row."""
    answer = booster.inplace_predict(rows)
    return answer.reshape(len(rows), -1)


def train_fraud(seed, objective="reg:logistic"):
    features, is_fraud = synthetic_data.card_payments(20000, 0.05, seed)
    return _regressor(seed, objective).fit(features, is_fraud[:, 0])


def train_housing(seed):
    features, price = synthetic_data.houses(6000, seed)
    return _regressor(seed, "reg:squarederror").fit(features, price[:, 0])


def train_iris(seed):
    from sklearn.datasets import load_iris

    data = load_iris()
    settings = SETTINGS | {"n_estimators": 8}
    return xgboost.XGBClassifier(objective="multi:softprob", random_state=seed, **settings).fit(data.data, data.target)


def _regressor(seed, objective):
    return xgboost.XGBRegressor(objective=objective, random_state=seed, **SETTINGS)
