"""The TensorFlow models: zipped SavedModels."""

import pathlib
import tempfile

import numpy as np
import tensorflow as tf
from example_files import write_expected, write_zip
from tensorflow.core.protobuf import saved_model_pb2

HEADS = 12

tf.get_logger().setLevel("ERROR")


def make(root, seed):
    """Writes every TensorFlow model and its expected outputs."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(3, 10)).round(4).astype(np.float32)
    texts = np.array(["roost", "", "Zürich 🐓"], object)

    for name, save, prefix, inputs in [
        ("multi-output", save_multi_output, "multi-output/", {"text_input": rows}),
        ("echo-strings", save_echo_strings, "", {"text": texts}),
    ]:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "model"
            save(folder, seed)
            _normalise(folder)
            write_zip(root / "models" / f"{name}.zip", folder, prefix)
            write_expected(root, name, inputs, predict(folder, inputs))


def predict(folder, inputs):
    """Returns TensorFlow's outputs by name, in the order of their indices."""
    model = tf.saved_model.load(str(folder))
    signature = model.signatures["serving_default"]
    answer = signature(**{name: tf.constant(value) for name, value in inputs.items()})
    return {name: answer[name].numpy() for name in sorted(answer, key=_natural_order)}


def save_multi_output(folder, seed):
    """Saves an untrained network with twelve heads. Output `out_N` is the tensor StatefulPartitionedCall:N.

    `tf.saved_model.save` sorts outputs by name, so that :2 would be `out_10`. This model is saved from a graph, which
    keeps the order of the indices, so that a server cannot confuse the two orders unnoticed.
    """
    random = np.random.default_rng(seed)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        hidden = tf.Variable(random.normal(0, 0.3, (10, 16)).astype(np.float32), name="hidden")
        heads = tf.Variable(random.normal(0, 0.3, (16, HEADS)).astype(np.float32), name="heads")

        @tf.function
        def network(text_input):
            answer = tf.sigmoid(tf.tanh(text_input @ hidden) @ heads)
            return [answer[:, index : index + 1] for index in range(HEADS)]

        text_input = tf.compat.v1.placeholder(tf.float32, [None, 10], "serving_default_text_input")
        outputs = network(text_input)
        session.run(tf.compat.v1.global_variables_initializer())
        signature = tf.compat.v1.saved_model.predict_signature_def(
            {"text_input": text_input}, {f"out_{index}": output for index, output in enumerate(outputs)})
        builder = tf.compat.v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session, [tf.saved_model.SERVING], {"serving_default": signature}, strip_default_attrs=True)
        builder.save()


def save_echo_strings(folder, seed):
    """Saves a model without weights that returns each string and its length in bytes."""
    del seed
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def serve(text):
        return {"echo": tf.identity(text), "length": tf.cast(tf.strings.length(text), tf.int64)}

    module.serve = serve
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})


def _natural_order(name):
    head, _, tail = name.rpartition("_")
    return (head, int(tail)) if tail.isdigit() else (name, 0)


def _normalise(folder):
    """Removes the differences between two runs: the fingerprint's UUID and the order of map entries."""
    (folder / "fingerprint.pb").unlink(missing_ok=True)
    path = folder / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    path.write_bytes(model.SerializeToString(deterministic=True))
