"""The ONNX models."""

import dense_network
import numpy as np
import onnx
import onnxruntime
import synthetic_data
import xgboost_models
from example_files import write_expected
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
FOREVER = 2**62

# For each data type: the tensor type, and two rows of two values.
EVERY_TYPE = {
    "bool": (TensorProto.BOOL, np.array([[True, False], [False, True]])),
    "uint8": (TensorProto.UINT8, np.array([[0, 1], [128, 255]], np.uint8)),
    "uint16": (TensorProto.UINT16, np.array([[0, 1], [256, 65535]], np.uint16)),
    "uint32": (TensorProto.UINT32, np.array([[0, 1], [65536, 4294967295]], np.uint32)),
    "uint64": (TensorProto.UINT64, np.array([[0, 1], [9007199254740993, 18446744073709551615]], np.uint64)),
    "int8": (TensorProto.INT8, np.array([[0, -1], [-128, 127]], np.int8)),
    "int16": (TensorProto.INT16, np.array([[0, -1], [-32768, 32767]], np.int16)),
    "int32": (TensorProto.INT32, np.array([[0, -1], [-2147483648, 2147483647]], np.int32)),
    "int64": (TensorProto.INT64, np.array([[0, -9007199254740993], [-(2**63), 2**63 - 1]], np.int64)),
    "fp16": (TensorProto.FLOAT16, np.array([[0.0, -1.5], [0.1, 65504.0]], np.float16)),
    "fp32": (TensorProto.FLOAT, np.array([[0.0, -1.5], [0.1, 3.4028235e38]], np.float32)),
    "fp64": (TensorProto.DOUBLE, np.array([[0.0, -1.5], [0.1, 1.7976931348623157e308]], np.float64)),
    "bytes": (TensorProto.STRING, np.array([["", "plain"], ["Zürich 🐓", 'quote " backslash \\ line\nend']], object)),
}


def make(root, seed):
    """Writes every ONNX model and its expected outputs."""
    payments, _ = synthetic_data.card_payments(6, 0.5, seed + 100)
    payments = payments.astype(np.float32)
    homes, _ = synthetic_data.houses(4, seed + 200)
    homes = homes.astype(np.float32)
    mean, deviation = synthetic_data.payment_scale(seed)
    flowers = np.array([[5.1, 3.5, 1.4, 0.2], [6.0, 2.7, 4.2, 1.3], [6.7, 3.1, 5.6, 2.4]], np.float32)
    quick = payments.copy()
    quick[:, 0] = np.minimum(quick[:, 0], 0.5)
    pair = {
        "a": np.array([[1, 2, 3], [0.5, -4, 0]], np.float32),
        "b": np.array([[10, 20, 30], [0.25, 8, -1]], np.float32),
    }
    types = {f"in_{name}": values for name, (_, values) in EVERY_TYPE.items()}

    for name, model, inputs in [
        ("fraud-dense", fraud_dense("dense_input", seed), {"dense_input": payments}),
        ("fraud-dense-2", fraud_dense("tensor", seed + 1), {"tensor": payments}),
        ("fraud-trees", fraud_trees("inputs", seed), {"inputs": payments}),
        ("scaler", scaler(mean, deviation), {"raw": (payments * deviation + mean).round(4).astype(np.float32)}),
        ("slow-loop", slow_loop(), {"input": quick}),
        ("house-price", house_price(seed), {"features": homes}),
        ("iris-sklearn", iris(False), {"float_input": flowers}),
        ("iris-strings", iris(True), {"float_input": flowers}),
        ("all-types", all_types(), types),
        ("two-in-two-out", two_in_two_out(), pair),
    ]:
        path = root / "models" / f"{name}.onnx"
        onnx.checker.check_model(model)
        path.write_bytes(model.SerializeToString(deterministic=True))
        write_expected(root, name, inputs, predict(path, inputs))


def predict(path, inputs):
    """Returns ONNX Runtime's outputs by name. A map from class to probability becomes one row in the order of its classes."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    outputs = {}
    for output, value in zip(session.get_outputs(), session.run(None, inputs)):
        if isinstance(value, list):
            value = np.array([[row[key] for key in sorted(row)] for row in value], np.float32)
        outputs[output.name] = value
    return outputs


# Models

def fraud_dense(input_name, seed):
    """Returns a network 29-16-8-1 with ReLU and a sigmoid: the probability of fraud."""
    features, is_fraud = synthetic_data.card_payments(20000, 0.05, seed)
    layers = dense_network.train(features, is_fraud, [16, 8], seed, classify=True)
    nodes, initializers, last = _dense_nodes(input_name, layers)
    nodes.append(helper.make_node("Sigmoid", [last], ["probability"]))
    return _model("fraud_dense", nodes, [_rows(input_name, 29)], [_rows("probability", 1)], initializers)


def fraud_trees(input_name, seed):
    """Returns gradient-boosted trees of XGBoost, as a TreeEnsembleRegressor and a sigmoid: the probability of fraud."""
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    regressor = xgboost_models.train_fraud(seed)
    model = convert_xgboost(
        regressor, "fraud_trees", [(input_name, FloatTensorType([None, 29]))], target_opset=15)

    # The converter omits the logistic function of the regression and treats the base score as a logit: correct both.
    [trees] = [node for node in model.graph.node if node.op_type == "TreeEnsembleRegressor"]
    [base] = [attribute for attribute in trees.attribute if attribute.name == "base_values"]
    base.floats[:] = [float(np.log(score / (1 - score))) for score in base.floats]
    trees.output[0] = "margin"
    sigmoid = helper.make_node("Sigmoid", ["margin"], ["probability"])
    graph = helper.make_graph([trees, sigmoid], "fraud_trees", [_rows(input_name, 29)], [_rows("probability", 1)])
    return _finish(graph, ml=True)


def scaler(mean, deviation):
    """Returns a model that standardizes the 29 features of a payment: the step before `fraud-dense`."""
    nodes = [
        helper.make_node("Sub", ["raw", "mean"], ["centred"]),  # codespell:ignore
        helper.make_node("Div", ["centred", "deviation"], ["scaled"]),  # codespell:ignore
    ]
    initializers = [_constant("mean", mean), _constant("deviation", deviation)]
    return _model("scaler", nodes, [_rows("raw", 29)], [_rows("scaled", 29)], initializers)


def house_price(seed):
    """Returns a network 13-16-1 with ReLU: a house's price in units of 10,000. The model standardizes its inputs itself."""
    features, price = synthetic_data.houses(6000, seed)
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    price_mean, price_deviation = price.mean(), price.std()
    layers = dense_network.train(
        (features - mean) / deviation, (price - price_mean) / price_deviation, [16], seed, classify=False)
    weights, bias = layers[-1]
    layers[-1] = (weights * price_deviation, bias * price_deviation + price_mean)

    nodes, initializers, last = _dense_nodes("standardised", layers)  # codespell:ignore
    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"]),  # codespell:ignore
        helper.make_node("Div", ["centred", "deviation"], ["standardised"]),  # codespell:ignore
        *nodes,
        helper.make_node("Identity", [last], ["price"]),
    ]
    initializers += [_constant("mean", mean), _constant("deviation", deviation)]
    return _model("house_price", nodes, [_rows("features", 13)], [_rows("price", 1)], initializers)


def iris(string_labels):
    """Returns a logistic regression of scikit-learn as skl2onnx converts it by default: a label, and a sequence of maps."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    data = load_iris()
    labels = data.target_names[data.target] if string_labels else data.target
    classifier = LogisticRegression(max_iter=500).fit(data.data, labels)
    model = to_onnx(
        classifier, initial_types=[("float_input", FloatTensorType([None, 4]))], target_opset=OPSET, name="iris")
    return _finish(model.graph, ml=True)


def all_types():
    """Returns a model with one identity for each data type."""
    def values(direction):
        return [
            helper.make_tensor_value_info(f"{direction}_{name}", type_, ["batch", 2])
            for name, (type_, _) in EVERY_TYPE.items()
        ]

    nodes = [helper.make_node("Identity", [f"in_{name}"], [f"out_{name}"]) for name in EVERY_TYPE]
    return _model("all_types", nodes, values("in"), values("out"))


def two_in_two_out():
    """Returns a model that computes the sum and the product of two inputs."""
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Mul", ["a", "b"], ["product"])]
    return _model(
        "two_in_two_out", nodes, [_rows("a", 3), _rows("b", 3)], [_rows("sum", 3), _rows("product", 3)])


def slow_loop():
    """Returns a model that computes the mean of each row, but never ends if the first value of the first row is above 0.5."""
    body = helper.make_graph(
        [
            helper.make_node("Cos", ["value_in"], ["value_out"]),
            helper.make_node("Identity", ["go_on_in"], ["go_on_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("iteration", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on_in", TensorProto.BOOL, []),
            _rows("value_in", 1),
        ],
        [helper.make_tensor_value_info("go_on_out", TensorProto.BOOL, []), _rows("value_out", 1)],
    )
    hang = helper.make_graph(
        [helper.make_node("Loop", ["trips", "go_on", "mean"], ["hung"], body=body)], "hang", [], [_rows("hung", 1)])
    answer = helper.make_graph(
        [helper.make_node("Identity", ["mean"], ["answered"])], "answer", [], [_rows("answered", 1)])
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Gather", ["input", "zero"], ["first_row"], axis=0),
        helper.make_node("Gather", ["first_row", "zero"], ["first_value"], axis=0),
        helper.make_node("Greater", ["first_value", "limit"], ["is_slow"]),
        helper.make_node("If", ["is_slow"], ["output"], then_branch=hang, else_branch=answer),
    ]
    initializers = [
        _constant("zero", 0, np.int64), _constant("limit", 0.5),
        _constant("trips", FOREVER, np.int64), _constant("go_on", True, np.bool_),
    ]
    return _model("slow_loop", nodes, [_rows("input", 29)], [_rows("output", 1)], initializers)


# Parts of a graph

def _dense_nodes(input_name, layers):
    """Returns the nodes of a dense network, its initializers, and the name of its last value."""
    nodes, initializers, last = [], [], input_name
    for index, (weights, bias) in enumerate(layers):
        initializers += [_constant(f"weights_{index}", weights), _constant(f"bias_{index}", bias)]
        nodes.append(helper.make_node("Gemm", [last, f"weights_{index}", f"bias_{index}"], [f"dense_{index}"]))
        last = f"dense_{index}"
        if index < len(layers) - 1:
            nodes.append(helper.make_node("Relu", [last], [f"relu_{index}"]))
            last = f"relu_{index}"
    return nodes, initializers, last


def _rows(name, width):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])


def _constant(name, value, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(value, dtype), name)


def _model(name, nodes, inputs, outputs, initializers=()):
    return _finish(helper.make_graph(nodes, name, inputs, outputs, list(initializers)))


def _finish(graph, ml=False):
    opsets = [helper.make_opsetid("", OPSET)]
    if ml:
        opsets.append(helper.make_opsetid("ai.onnx.ml", 1))
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="roost-examples")
