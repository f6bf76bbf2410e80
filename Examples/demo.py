"""Shows what Roost does, on a running server, with the models in this folder. `./demo` starts the server.

The demo verifies its results, and can be run again on the same server.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import roost

EXAMPLES = Path(__file__).resolve().parent
MODELS, DATA = EXAMPLES / "models", EXAMPLES / "data"
WORKSPACE = "demo"
REQUESTS = 1000
IS_COLORED = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def main() -> None:
    """Runs the four parts of the demo."""
    client = roost.Client()
    status = client.status()
    runtimes = ", ".join(f"{runtime['name']} {runtime['version']}" for runtime in status["runtimes"])
    print(f"\n{bold('Roost')} {status['version']} at {client.url()} with {runtimes}")
    use_workspace(client)

    pipelines = [show_shadow(client), show_split(client), show_validation(client)]
    show_logs(pipelines)
    print("\nNext steps: the README shows the same in a notebook, in a shell and with curl.")
    print(f"Start with {bold('Examples/first-pipeline.ipynb')}.")


def show_shadow(client: roost.Client) -> Shown:
    """Shows a shadow deploy: three models see the same payment, and one answers."""
    title(1, "A challenger sees the same traffic but never answers")
    champion = upload(client, "fraud-dense", "fraud-dense.onnx")
    challengers = [upload(client, "fraud-trees", "fraud-trees.onnx"), upload(client, "fraud-xgb", "fraud-binary.json")]
    pipeline = client.build_pipeline("demo-shadow").add_shadow_deploy(champion, challengers)
    shown = deploy(pipeline)

    (result,) = pipeline.infer_from_file(DATA / "fraud.json")
    answer, shadow = scalar(result.data()), {name: scalar(data) for name, data in result.shadow_data().items()}
    rows = [("champion", champion, answer), *(("challenger", model, shadow[model.name()]) for model in challengers)]
    for role, model, probability in rows:
        bar = gauge(probability)
        note = green(" ← the answer") if role == "champion" else ""
        print(f"  {role:<10}  {model.name():<12} {model.framework():<8} {bar} {probability:.4f}{note}")
    print(f"  {result.time_elapsed().microseconds} µs in the server, including the challengers")

    check(result.model() == (champion.name(), champion.version()), "the champion answers")
    check(set(shadow) == {model.name() for model in challengers}, "both challengers ran")
    check(all(value > 0.5 for value in (answer, *shadow.values())), "all three models classify it as fraud")
    return shown.expecting({(champion.name(), "champion"): 1, **{(name, "challenger"): 1 for name in shadow}})


def show_split(client: roost.Client) -> Shown:
    """Shows a random split: each session keeps the model that it got first."""
    title(2, f"{REQUESTS} requests, split 2 : 1 by session")
    control = upload(client, "fraud-dense", "fraud-dense.onnx")
    candidate = upload(client, "fraud-dense-2", "fraud-dense-2.onnx")
    pipeline = client.build_pipeline("demo-split")
    pipeline.add_random_split([(2, control), (1, candidate)], hash_key="session_id")
    shown = deploy(pipeline)

    payments: list[Any] = json.loads((DATA / "fraud-1000.json").read_text())["tensor"]
    chosen: dict[str, str] = {}
    counts: Counter[tuple[str, str]] = Counter()
    frauds: Counter[str] = Counter()
    started = time.perf_counter()
    for number, payment in enumerate(payments):
        session = f"session-{number}"
        (result,) = pipeline.infer({"tensor": [payment], "session_id": session})
        chosen[session] = result.model()[0]
        counts[chosen[session], "champion"] += 1
        frauds[chosen[session]] += scalar(result.data()) > 0.5
    seconds = time.perf_counter() - started
    for model in (control, candidate):
        count = counts[model.name(), "champion"]
        bar = gauge(count / REQUESTS)
        print(f"  {model.name():<14} {bar} {count:>4} requests, {frauds[model.name()]:>2} classified as fraud")
    print(f"  {REQUESTS / seconds:.0f} requests per second, sent one at a time from Python")

    repeated = list(chosen)[:20]
    for session in repeated:
        (result,) = pipeline.infer({"tensor": [payments[0]], "session_id": session})
        check(result.model()[0] == chosen[session], f"{session} gets the same model as before")
        counts[chosen[session], "champion"] += 1
    print(f"  {len(repeated)} sessions returned: each got the same model as before")
    share = counts[control.name(), "champion"] / counts.total()
    check(0.6 < share < 0.73, f"two out of three requests go to {control.name()} (share: {share:.3f})")
    return shown.expecting(dict(counts))


def show_validation(client: roost.Client) -> Shown:
    """Shows a validation: it flags the one house in a batch whose price cannot be right."""
    title(3, "A validation finds the one bad row in a batch")
    model = upload(client, "house-price", "house-price.onnx")
    pipeline = client.build_pipeline("demo-houses").add_model_step(model)
    pipeline.add_validation("price too high", model.outputs[0][0] < 100)
    shown = deploy(pipeline)

    (result,) = pipeline.infer_from_file(DATA / "houses.json")
    (failure,) = result.check_failures()
    prices = [float(price[0]) for price in result.data()[0]]
    for row, price in enumerate(prices):
        if row in (0, 1, 16, 17, 18):
            flag = red(f" ← fails {failure['False']['expr']}") if row in failure["False"]["rows"] else ""
            print(
                f"  row {row:>2}  living area {result.input_data()['features'][row][0]:>6.0f} m²  {price:>8.2f}{flag}"
            )
        elif row in (2, 19):
            print("  …")

    check(
        failure["False"]["rows"] == [row for row, price in enumerate(prices) if price >= 100],
        "the row above 100 is flagged",
    )
    check(failure["False"]["rows"] == [17], "the flagged row is 17")
    return shown.expecting({(model.name(), "champion"): 1}, invalid=1)


def show_logs(pipelines: list[Shown]) -> None:
    """Shows the inference log: every output above, read back."""
    title(4, "Every inference is in the log")
    print(f"  {'pipeline':<12} {'model':<14} {'role':<10} {'entries':>7}  {'failed':>6}  {'newest output'}")
    for shown in pipelines:
        entries = [entry for entry in shown.pipeline.logs(limit=5000) if entry.id not in shown.earlier]
        for (name, role), _ in Counter((entry.model_name, entry.role) for entry in entries).most_common():
            of_model = [entry for entry in entries if (entry.model_name, entry.role) == (name, role)]
            failed = sum(not entry.valid for entry in of_model)
            flag = f"{failed:>6}" if not failed else red(f"{failed:>6}")
            newest = " ".join(f"{float(row[0]):.4f}" for row in of_model[0].output[0][:3])
            row = f"{shown.pipeline.name():<12} {name:<14} {role:<10} {len(of_model):>7}"
            print(f"  {row}  {flag}  {newest}{' …' if len(of_model[0].output[0]) > 3 else ''}")
        logged = Counter((entry.model_name, entry.role) for entry in entries)
        check(
            logged == Counter(shown.entries), f"the log of {shown.pipeline.name()} has every inference: {dict(logged)}"
        )
        check(sum(not entry.valid for entry in entries) == shown.invalid, "the log has the failed validations")


class Shown:
    """A pipeline of the demo, and the entries that this run must add to its log."""

    def __init__(self, pipeline: roost.Pipeline) -> None:
        self.pipeline = pipeline
        self.earlier = {entry.id for entry in pipeline.logs(limit=5000)}
        self.entries: dict[tuple[str, str], int] = {}
        self.invalid = 0

    def expecting(self, entries: dict[tuple[str, str], int], invalid: int = 0) -> Shown:
        """Sets the expected number of entries by model and role, and how many of them fail a validation."""
        self.entries, self.invalid = entries, invalid
        return self


def use_workspace(client: roost.Client) -> None:
    """Selects the demo's workspace, and creates it if necessary."""
    names = {workspace.name() for workspace in client.list_workspaces()}
    client.set_current_workspace(WORKSPACE if WORKSPACE in names else client.create_workspace(WORKSPACE))


def upload(client: roost.Client, name: str, file: str) -> roost.Model:
    """Returns the model with this name, and uploads it if it does not exist."""
    try:
        return client.model_by_name(name)
    except roost.EntityNotFoundError:
        return client.upload_model(name, MODELS / file)


def deploy(pipeline: roost.Pipeline) -> Shown:
    """Deploys a pipeline without printing the SDK's progress line."""
    with contextlib.redirect_stdout(io.StringIO()):
        pipeline.deploy()
    return Shown(pipeline)


def scalar(outputs: list[Any]) -> float:
    """Returns the value of an output of shape [1, 1]."""
    return float(outputs[0][0][0])


def check(is_so: bool, what: str) -> None:
    """Ends the demo if a result is wrong."""
    if not is_so:
        sys.exit(red(f"The demo failed. Expected: {what}."))


def title(number: int, text: str) -> None:
    """Prints a heading."""
    print(f"\n{bold(f'{number}  {text}')}")


def gauge(share: float, width: int = 30) -> str:
    """Returns a bar that is full at 1."""
    filled = round(share * width)
    return styled("36", "█" * filled) + styled("2", "░" * (width - filled))


def styled(code: str, text: str) -> str:
    """Returns a text in a style if standard output is a terminal."""
    return f"\033[{code}m{text}\033[0m" if IS_COLORED else text


def bold(text: str) -> str:
    return styled("1", text)


def green(text: str) -> str:
    return styled("32", text)


def red(text: str) -> str:
    return styled("31", text)


if __name__ == "__main__":
    try:
        main()
    except roost.RoostError as error:
        sys.exit(f"The demo failed: {error}")
