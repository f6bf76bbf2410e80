"""SavedModels of a few bytes, written without TensorFlow.

- Source: TensorFlow's `saved_model.proto`, `meta_graph.proto`, `graph.proto` and `node_def.proto`, for the numbers of the fields.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping

from small_onnx import field, number

FLOAT, INT32, STRING, BFLOAT16 = 1, 3, 7, 14
INITIAL = b"__saved_model_init_op"

Dimensions = Iterable[int] | None
"""The lengths of a shape, -1 where one is free; `None` where even their number is."""


def shape(dimensions: Dimensions) -> bytes:
    if dimensions is None:
        return number(3, 1)
    return b"".join(field(2, number(1, length & (1 << 64) - 1)) for length in dimensions)


def attribute(name: str, value: bytes) -> bytes:
    return field(5, field(1, name.encode()) + field(2, value))


def of_type(code: int, name: str = "T") -> bytes:
    return attribute(name, number(6, code))


def node(name: str, operator: str, inputs: Iterable[str] = (), *attributes: bytes) -> bytes:
    given = b"".join(field(3, text.encode()) for text in inputs)
    return field(1, field(1, name.encode()) + field(2, operator.encode()) + given + b"".join(attributes))


def placeholder(name: str, code: int = FLOAT, dimensions: Dimensions = (-1, 4)) -> bytes:
    return node(name, "Placeholder", (), of_type(code, "dtype"), attribute("shape", field(7, shape(dimensions))))


def constant(name: str, code: int, tensor: bytes, dimensions: Dimensions = ()) -> bytes:
    value = number(1, code) + field(2, shape(dimensions)) + tensor
    return node(name, "Const", (), of_type(code, "dtype"), attribute("value", field(8, value)))


Endpoint = tuple[str, int, Dimensions]
"""A tensor of the graph, `name:0`, the number of its type, and its shape."""


def saved_model(
    graph: bytes,
    inputs: Mapping[str, Endpoint],
    outputs: Mapping[str, Endpoint],
    files: Mapping[str, bytes] | None = None,
    assets: bytes | None = None,
    initial: str | None = None,
) -> bytes:
    """Returns the zip file of a SavedModel.

    `assets` is an AssetFileDef: it names the node that receives the path of a file while `initial` runs, once.
    """

    def endpoints(tag: int, named: Mapping[str, Endpoint]) -> bytes:
        return b"".join(
            field(
                tag,
                field(1, name.encode())
                + field(2, field(1, tensor.encode()) + number(2, code) + field(3, shape(dimensions))),
            )
            for name, (tensor, code, dimensions) in named.items()
        )

    initial_signature = field(2, field(1, INITIAL) + field(2, field(1, (initial or "").encode())))
    served = endpoints(1, inputs) + endpoints(2, outputs) + field(3, b"tensorflow/serving/predict")
    meta_graph = (
        field(1, field(4, b"serve"))
        + field(2, graph + field(4, number(1, 1800)))
        + field(5, field(1, b"serving_default") + field(2, served))
        + (field(5, field(1, INITIAL) + field(2, initial_signature)) if initial else b"")
        + (field(6, assets) if assets else b"")
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # Use fixed timestamps, so that the same model has the same bytes.
        for name, content in {"saved_model.pb": number(1, 1) + field(2, meta_graph), **(files or {})}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def identity(name: str = "y", *control: str) -> bytes:
    return node(name, "Identity", ("x", *(f"^{other}" for other in control)), of_type(FLOAT))


ROWS: Dimensions = (-1, 4)
IN: Mapping[str, Endpoint] = {"x": ("x:0", FLOAT, ROWS)}
OUT: Mapping[str, Endpoint] = {"y": ("y:0", FLOAT, ROWS)}


def harmless_model() -> bytes:
    """Returns a model that returns its input."""
    return saved_model(placeholder("x") + identity(), IN, OUT)


def aborting_model(exits: bool = False) -> bytes:
    """Returns a model that ends the process that runs it, by an abort or an exit with status 0."""
    abort = node(
        "abort",
        "Abort",
        (),
        attribute("error_msg", field(2, b"as it was told to")),
        attribute("exit_without_error", number(5, int(exits))),
    )
    return saved_model(placeholder("x") + abort + identity("y", "abort"), IN, OUT)


def several_operations() -> bytes:
    """Returns a model with outputs of two operations, which sort differently by index and by name."""
    top = node(
        "a_top", "TopKV2", ("x", "k"), of_type(FLOAT), attribute("sorted", number(5, 1)), of_type(INT32, "Tk"),
        of_type(INT32, "index_type"),
    )  # fmt: skip
    graph = (
        placeholder("x") + constant("k", INT32, number(7, 2)) + top + node("z_soft", "Softmax", ("x",), of_type(FLOAT))
    )
    return saved_model(
        graph,
        IN,
        {
            "z_values": ("a_top:0", FLOAT, (-1, 2)),
            "a_indices": ("a_top:1", INT32, (-1, 2)),
            "m_probabilities": ("z_soft:0", FLOAT, ROWS),
        },
    )


def any_rank_model() -> bytes:
    """Returns a model that doubles tensors of any shape."""
    graph = placeholder("x", FLOAT, None) + node("y", "AddV2", ("x", "x"), of_type(FLOAT))
    return saved_model(graph, {"x": ("x:0", FLOAT, None)}, {"y": ("y:0", FLOAT, None)})
