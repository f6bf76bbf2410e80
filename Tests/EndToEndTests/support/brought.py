"""Runs the lines of the guide "Which models can I bring?" with the real libraries, and compares the server with them.

brought.py     runs the lines of all sections in the environments .venv-models, .venv-torch and .venv-tensorflow
               against a server of its own, and prints which passed
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from harness import REPOSITORY, Api, Server, refused

GUIDE = REPOSITORY / "docs" / "guides" / "which-models-can-i-bring.md"
LIMIT = 300.0

#: What every program below begins with: rows, and a function that leaves them with the predictions to compare with.
START = """
import json, os, pathlib, pickle, warnings
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")
import numpy as np
chosen = np.random.default_rng(1)
rows = chosen.normal(size=(60, 4)).astype(np.float32)
labels = (rows[:, 0] > 0).astype(int) + (rows[:, 1] > 0.5)
def expect(predictions, **inputs):
    inputs = {name: np.asarray(values).tolist() for name, values in inputs.items()}
    expected = np.asarray(predictions, dtype=float).tolist()
    pathlib.Path("check.json").write_text(json.dumps({"inputs": inputs, "expected": expected}))
"""

NETWORK = """
import torch
torch.manual_seed(1)
pathlib.Path("network.py").write_text('''
import torch
class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers = torch.nn.Linear(4, 8), torch.nn.Dropout(), torch.nn.ReLU(), torch.nn.Linear(8, 3), torch.nn.Softmax(dim=1)
        self.layers = torch.nn.Sequential(*layers)
    def forward(self, features):
        return self.layers(features)
''')
import sys
sys.path.insert(0, "")
from network import Network
network = Network().eval()
with torch.no_grad():
    expect(network(torch.tensor(rows)), features=rows)
"""

KERAS = """
import keras, shutil
keras.utils.set_random_seed(1)
layers = keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3, activation="softmax")
network = keras.Sequential([keras.layers.Input((4,), name="features"), *layers])
"""


@dataclass(frozen=True)
class Brought:
    """A section of the guide, and a model to bring by its lines."""

    section: str
    environment: str
    #: Trains the model and saves it as a user has it.
    before: str
    #: What the lines of the section leave to upload.
    file: str
    #: The number of the output with the predictions.
    output: int = 0
    #: What the user has, which is refused, and what the error calls it.
    original: str | None = None
    named: str = ""
    #: The block of the section, from 0.
    block: int = 0

    @property
    def name(self) -> str:
        return f"{self.section} {self.block + 1}" if self.block else self.section


MODELS = [
    Brought(
        "scikit-learn",
        "models",
        "from sklearn.ensemble import RandomForestClassifier as Forest\nimport joblib\n"
        "model = Forest(20, random_state=1).fit(rows, labels)\n"
        "joblib.dump(model, 'model.joblib')\nexpect(model.predict_proba(rows), X=rows)",
        "model.onnx",
        output=1,
        original="model.joblib",
        named="a Python pickle of a scikit-learn model",
    ),
    Brought(
        "scikit-learn on a data frame",
        "models",
        "from sklearn.compose import make_column_transformer\nfrom sklearn.linear_model import LogisticRegression\n"
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import OneHotEncoder, StandardScaler\n"
        "import joblib\nimport pandas as pd\n"
        "frame = pd.DataFrame({'age': rows[:, 0], 'income': rows[:, 1], 'city': np.where(rows[:, 2] > 0, 'Bern', 'Chur')})\n"
        "columns = (StandardScaler(), ['age', 'income']), (OneHotEncoder(handle_unknown='ignore'), ['city'])\n"
        "model = make_pipeline(make_column_transformer(*columns), LogisticRegression()).fit(frame, labels)\n"
        "joblib.dump(model, 'pipeline.joblib')\n"
        "expect(model.predict_proba(frame), **{name: frame[[name]].values for name in frame})",
        "pipeline.onnx",
        output=1,
        original="pipeline.joblib",
        named="a Python pickle of a scikit-learn model",
    ),
    Brought(
        "XGBoost",
        "models",
        "import xgboost\nmodel = xgboost.XGBClassifier(n_estimators=10).fit(rows, labels)\n"
        "pickle.dump(model, open('model.pkl', 'wb'))\nexpect(model.predict_proba(rows), input=rows)",
        "model.json",
        original="model.pkl",
        named="a Python pickle of an XGBoost booster",
    ),
    Brought(
        "LightGBM",
        "models",
        "import lightgbm\nmodel = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1).fit(rows, labels)\n"
        "model.booster_.save_model('model.txt')\nexpect(model.predict_proba(rows), input=rows)",
        "model.onnx",
        output=1,
        original="model.txt",
        named="a LightGBM model in its text format",
    ),
    Brought(
        "CatBoost",
        "models",
        "from catboost import CatBoostClassifier\n"
        "model = CatBoostClassifier(iterations=10, verbose=False, allow_writing_files=False).fit(rows, labels)\n"
        "model.save_model('model.cbm')\nexpect(model.predict_proba(rows), features=rows)",
        "model.onnx",
        output=1,
        original="model.cbm",
        named="a CatBoost model",
    ),
    Brought(
        "ONNX with external data",
        "models",
        "import onnx, onnx.numpy_helper as numpy_helper\nfrom onnx import helper\n"
        "weights = numpy_helper.from_array(chosen.normal(size=(4, 3)).astype(np.float32), 'weights')\n"
        "def value(name, width): return helper.make_tensor_value_info(name, 1, ['rows', width])\n"
        "node = helper.make_node('MatMul', ['x', 'weights'], ['y'])\n"
        "graph = helper.make_graph([node], 'graph', [value('x', 4)], [value('y', 3)], [weights])\n"
        "model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid('', 20)])\n"
        "onnx.save(model, 'model.onnx', save_as_external_data=True, location='model.onnx.data', size_threshold=0)\n"
        "expect(rows @ numpy_helper.to_array(weights), x=rows)",
        "one-file.onnx",
        original="model.onnx",
        named="model.onnx.data",
    ),
    Brought(
        "XGBoost",
        "torch",
        "import xgboost\nbooster = xgboost.train({'objective': 'binary:logistic'}, xgboost.DMatrix(rows, labels > 0), 5)\n"
        "booster.save_model('model.deprecated')\nos.rename('model.deprecated', 'model.bin')\n"
        "expect(booster.predict(xgboost.DMatrix(rows))[:, None], input=rows)",
        "model.json",
        original="model.bin",
        named="an XGBoost model in the old binary format",
        block=1,
    ),
    Brought(
        "PyTorch",
        "torch",
        NETWORK + "torch.save(network.state_dict(), 'model.pth')",
        "model.onnx",
        original="model.pth",
        named="a PyTorch model or weights",
    ),
    Brought(
        "TorchScript",
        "torch",
        NETWORK + "torch.jit.script(network).save('scripted.pt')",
        "model.onnx",
        original="scripted.pt",
        named="a TorchScript model",
    ),
    Brought(
        "safetensors",
        "torch",
        NETWORK + "from safetensors.torch import save_file\nsave_file(dict(network.state_dict()), 'model.safetensors')",
        "model.onnx",
        original="model.safetensors",
        named="a safetensors file",
    ),
    Brought(
        "Hugging Face Transformers",
        "torch",
        "import torch, transformers\ntorch.manual_seed(1)\n"
        "words = '[PAD] [UNK] [CLS] [SEP] [MASK] a good bad film'.split()\n"
        "pathlib.Path('vocab.txt').write_text('\\n'.join(words))\n"
        "transformers.BertTokenizerFast('vocab.txt').save_pretrained('folder')\n"
        "size = {'hidden_size': 16, 'num_hidden_layers': 2, 'num_attention_heads': 2, 'intermediate_size': 32}\n"
        "network = transformers.BertForSequenceClassification(transformers.BertConfig(vocab_size=9, **size)).eval()\n"
        "network.save_pretrained('folder')\n"
        "ids = torch.tensor([[2, 5, 6, 8, 3], [2, 5, 7, 8, 3], [2, 6, 3, 0, 0]])\n"
        "inputs = {'input_ids': ids, 'attention_mask': (ids > 0).long(), 'token_type_ids': ids * 0}\n"
        "with torch.no_grad():\n    expect(network(**inputs).logits, **inputs)",
        "exported/model.onnx",
        original="folder/model.safetensors",
        named="a safetensors file",
    ),
    Brought(
        "Keras",
        "tensorflow",
        KERAS + "network.save('model.keras')\nexpect(network.predict(rows, verbose=0), features=rows)",
        "model.zip",
        original="model.keras",
        named="a Keras model (.keras)",
    ),
    Brought(
        "A TensorFlow SavedModel",
        "tensorflow",
        KERAS
        + "network.export('saved_model_folder', verbose=False)\nexpect(network.predict(rows, verbose=0), features=rows)",
        "model.zip",
        original="saved_model_folder/saved_model.pb",
        named="only the saved_model.pb of a SavedModel",
    ),
    Brought(
        "A frozen TensorFlow graph",
        "tensorflow",
        KERAS + "import tensorflow as tf\n"
        "from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2 as freeze\n"
        "call = tf.function(lambda features: {'probabilities': network(features)})\n"
        "frozen = freeze(call.get_concrete_function(tf.TensorSpec([None, 4], tf.float32, name='features')))\n"
        "graph = frozen.graph.as_graph_def()\n"
        "graph.node.add(name='probabilities', op='Identity', input=[frozen.outputs[0].op.name]).attr['T'].type = 1\n"
        "pathlib.Path('frozen.pb').write_bytes(graph.SerializeToString())\n"
        "expect(network.predict(rows, verbose=0), **{'features:0': rows})",
        "model.onnx",
        original="frozen.pb",
        named="a frozen TensorFlow graph",
    ),
]


def guides_lines() -> dict[str, list[str]]:
    """Returns the blocks of Python in the guide that test_readme.py does not run, by the heading of their section."""
    found: dict[str, list[str]] = {}
    for section in re.split(r"^#+ ", GUIDE.read_text(), flags=re.MULTILINE):
        lines = re.findall(r"^```py\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        if lines:
            found[section.split("\n", 1)[0]] = lines
    return found


def bring(brought: Brought, api: Api, folder: Path) -> float:
    """Makes a model, brings it to the server by the guide's lines, and returns the largest difference of a prediction."""
    python = REPOSITORY / f".venv-{brought.environment}" / "bin" / "python"
    run(python, START + brought.before, folder)
    name = "brought-" + re.sub(r"\W", "-", brought.name)
    if brought.original is not None:
        original = (folder / brought.original).read_bytes()
        answer = api.post(f"/v1/models/{name}/versions", data=original)
        refused(answer, 400, "body", brought.named, "See the guide 'Which models can I bring?'")
    run(python, guides_lines()[brought.section][brought.block], folder)
    api.upload(name, (folder / brought.file).read_bytes())
    api.serve(name, [name])
    check = json.loads((folder / "check.json").read_text())
    (output,) = api.infer(name, check["inputs"])["outputs"][brought.output].values()
    predicted = np.array(output["data"]).reshape(output["dim"])
    expected = np.array(check["expected"])
    assert predicted.shape == expected.shape, f"{predicted.shape} instead of {expected.shape}"
    difference = float(np.abs(predicted - expected).max())
    assert difference < 1e-5, f"the predictions differ by {difference}"
    return difference


def run(python: Path, program: str, folder: Path) -> None:
    command: list[Any] = [python, "-c", program]
    # The environment's programs, such as optimum-cli, are found as in a shell in which it is active.
    environment = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder, "server"))
        server.start()
        try:
            for number, brought in enumerate(MODELS):
                own = Path(folder, str(number))
                own.mkdir()
                try:
                    result = f"passed, largest difference {bring(brought, server.api, own):.0e}"
                except AssertionError as error:
                    failed += 1
                    result = f"FAILED: {error}"
                print(f"{brought.name:32} .venv-{brought.environment:12} {result}", flush=True)
        finally:
            server.stop()
    print(f"{len(MODELS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
