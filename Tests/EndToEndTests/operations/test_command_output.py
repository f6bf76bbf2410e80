"""The command's output: to a reader that has gone away, a full disk or a terminal, and about jobs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND_LIMIT, Command
from harness import BINARY, DATA, Api, until
from own_algorithms import Account
from screen import shown
from test_jobs import SAVES_ON_TERM
from tuning_jobs import add_algorithm

TUNING = """\
name: %s
strategy: %s
objective: {metric: objective, direction: Minimize}
ranges:
  - {name: x, type: continuous, min: 0, max: 1}
  - {name: n, type: integer, min: 0, max: 20}
  - {name: kind, type: categorical, values: [a, b, c, a-very-long-name-that-no-terminal-has-room-for]}
max_trials: 6
max_parallel_trials: 2
training:
  algorithm: bowl
  hyperparameters: {steps: "2", pause: "0.1"}
  metrics: [{name: objective, pattern: "objective=([0-9.e+-]+);"}]
  output: s3://jobs/out
"""


@pytest.fixture
def roost(account: Account, tmp_path: Path) -> Command:
    return Command(account.url, tmp_path)


@pytest.fixture(scope="module")
def houses(api: Api) -> None:
    api.upload("house", "house-price.onnx")
    api.serve("printed-houses", ["house"])


WRITES = [
    ["job"],
    ["job", "--json"],
    ["model", "list"],
    ["model", "show", "house", "--json"],
    ["status"],
    ["infer", "printed-houses", (DATA / "houses.json").read_text()],
    ["logs", "printed-houses", "--json"],
]


def writing(roost: Command, arguments: list[str], output: int) -> tuple[int, str]:
    """Runs the command with the given standard output, and returns its status and standard error."""
    command = [str(BINARY), *arguments]
    done = subprocess.run(
        command,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        timeout=COMMAND_LIMIT,
        env=roost.environment,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("arguments", WRITES, ids=lambda arguments: " ".join(arguments[:3])[:30])
def test_output_that_nobody_takes_is_no_crash(roost: Command, houses: None, arguments: list[str]) -> None:
    roost("infer", "printed-houses", (DATA / "houses.json").read_text())
    reader, writer = os.pipe()
    os.close(reader)
    assert writing(roost, arguments, writer) == (-signal.SIGPIPE, "")
    os.close(writer)
    full = os.open("/dev/full", os.O_WRONLY)
    message = "Error: Cannot write to standard output: No space left on device.\n"
    assert writing(roost, arguments, full) == (1, message)
    os.close(full)


# On a terminal


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (50, 24), (200, 6)])
def test_the_table_of_trials_is_drawn_over(roost: Command, columns: int, rows: int) -> None:
    add_algorithm(roost.environment["ROOST_URL"])
    name = f"table-{columns}"
    (roost.folder / "tuning.yaml").write_text(TUNING % (name, "Random"))
    lines = shown(["tune", "tuning.yaml"], roost.folder, roost.environment, columns, rows)
    assert lines[0] == f"Started tuning job {name}."
    assert [line for line in lines if line.startswith(f"{name}:")] == [f"{name}: Completed, 6 of 6 trials finished"]
    trials = [line for line in lines if re.match(rf"{name}-\d\d\d-", line)]
    assert len(trials) == min(6, rows - 3)
    assert len([line for line in trials if " *" in line]) <= 1
    assert lines[-2].startswith("Best: ") or lines[-3].startswith("Best: ")


@pytest.mark.parametrize("columns", [80, 50, 20])
def test_the_bar_of_a_transform_stays_on_its_line(roost: Command, account: Account, api: Api, columns: int) -> None:
    api.upload("prices", "housing-regression.json")
    rows = (",".join(["1.5"] * 13) + "\n") * 20_000
    for index in range(2):
        account.put(f"many/{index}.csv", rows)
    options = ["--model", "prices", "--input", "s3://jobs/many/", "--content-type", "text/csv"]
    arguments = ["transform", *options, "--output", "s3://jobs/scores"]
    lines = shown(arguments, roost.folder, roost.environment, columns)
    (bar,) = [line for line in lines if " %  " in line]
    assert " 100 %  2.0 MiB"[: columns - 8] in bar
    assert ("█" in bar) == (columns == 80)


# Messages about jobs


def test_an_interrupted_command_says_that_the_job_goes_on(
    roost: Command, account: Account, make: Callable[..., None]
) -> None:
    make("endless", SAVES_ON_TERM)
    command = [str(BINARY), "train", "--name", "endless", "--algorithm", "endless", "--output", "s3://jobs/out"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=roost.environment, **pipes) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Started training job endless.\n"
        account.is_in("endless", "Training")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=COMMAND_LIMIT)
    assert process.returncode == -signal.SIGINT
    assert "The job continues." in said
    assert account.describe("endless")["TrainingJobStatus"] == "InProgress"
    (stop,) = re.findall(r"roost (job stop .*)", said)
    assert roost(*stop.split()) in ("endless: Stopping\n", "endless: Stopped\n")
    (follow,) = re.findall(r"roost (job logs .*)", said)
    assert roost.run(*follow.split()).stderr.endswith("\nendless was stopped.\n")


def together(roost: Command, *arguments: str) -> list[str]:
    """Returns all lines that the command writes, in order."""
    done = subprocess.run(
        [str(BINARY), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_LIMIT,
        env=roost.environment,
        check=False,
    )
    return done.stdout.splitlines()


def test_a_failure_is_said_once(roost: Command, make: Callable[..., None]) -> None:
    make("breaks", "import sys; print('it broke', flush=True); sys.exit(3)")
    lines = together(roost, "train", "--name", "breaks", "--algorithm", "breaks", "--output", "s3://jobs/out")
    reason = "AlgorithmError: the algorithm ended with exit code 3: it broke"
    assert [line for line in lines if "exit code 3" in line] == [f"Error: {reason}"]
    for command in (["job", "show", "breaks"], ["job", "logs", "--follow", "breaks"]):
        assert len([line for line in together(roost, *command) if "exit code 3" in line]) == 1
    learning = ["--algorithm", "xgboost", "--set", "num_round=nope", "--channel", "train=s3://jobs/data/train/"]
    lines = together(roost, "train", "--name", "learns", *learning, "--output", "s3://jobs/out")
    assert len([line for line in lines if "num_round" in line]) == 1, lines


def test_a_job_that_ran_too_long_says_so(roost: Command, make: Callable[..., None]) -> None:
    make("slow", SAVES_ON_TERM)
    done = roost.run("train", "--algorithm", "slow", "--output", "s3://jobs/out", "--max-runtime", "1")
    assert done.returncode == 1
    assert "was stopped: it did not finish within 1 s (max_runtime)." in done.stderr.splitlines()[-1]


def test_the_log_stands_between_the_steps(roost: Command) -> None:
    options = ["--algorithm", "mean", "--channel", "train=s3://jobs/data/train/", "--output", "s3://jobs/out"]
    name = roost("train", *options, "--detach").strip()
    until(lambda: roost.json("job", "show", name)["state"]["status"] == "Completed", "the job's end")
    lines = together(roost, "job", "logs", "--follow", name)
    kinds = [re.sub(r"^\S+ \S+ (\w+)(:.*)?$", r"\1", line) for line in lines]
    line = "rows=3; train:rmse=1.632993"
    assert kinds == ["Pending", "Starting", "Downloading", "Training", line, "Uploading", "Completed"]


def test_trials_that_end_are_lines_and_the_best_is_named_last(roost: Command) -> None:
    add_algorithm(roost.environment["ROOST_URL"])
    (roost.folder / "tuning.yaml").write_text(TUNING % ("piped", "Random"))
    done = roost.run("tune", "tuning.yaml")
    assert done.stderr == "Started tuning job piped.\n"
    *trials, best = done.stdout.splitlines()
    assert len(trials) == 6
    assert "*" not in done.stdout
    assert best.startswith("Best: piped-00")
    one = roost.json("tune", "tuning.yaml", "--name", "one-trial", "--max-trials", "1")
    assert (one["state"]["status"], one["definition"]["max_parallel_trials"]) == ("Completed", 1)


# Messages


def test_what_cannot_be_done_is_said_plainly(roost: Command, api: Api) -> None:
    (roost.folder / "tuning.yaml").write_text(TUNING % ("never", "Foo"))
    known = "unknown value 'Foo'; expected one of: Bayesian, Random, Grid, Hyperband."
    assert known in roost.fails("tune", "tuning.yaml")
    direction = {"objective": {"metric": "m", "direction": "Down"}}
    answer = api.post("/v1/tuning-jobs", json={"name": "never"} | direction)
    assert "unknown value 'Down'; expected one of: Minimize, Maximize." in answer.json()["error"]["message"]
    assert "There is no tuning job 'nope'." in roost.fails("job", "list", "--tuning-job", "nope")
    assert "(Connection refused)." in roost.fails("status", "--url", "http://127.0.0.1:1")
    message = roost.fails("status", "--url", "127.0.0.1:18765")
    assert "'127.0.0.1:18765' is not a valid server address. It must begin with http:// or https://" in message


def test_a_port_that_is_taken_is_named(roost: Command, server: str, tmp_path: Path) -> None:
    port = server.rsplit(":", 1)[1]
    done = roost.run("serve", "--port", port, "--data", str(tmp_path / "data"))
    message = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert message == f"Error: The server cannot listen on 127.0.0.1, port {port}: Address already in use."
