"""Whatever users' programs do to their folders, environment and output, the server is not affected."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from botocore.exceptions import ClientError
from command import Command
from harness import Api, Server, answered, refused, until
from own_algorithms import Account, add, is_alive, serve, tarball

SHELL = "#!/bin/sh\n"


def program(folder: Path, name: str, text: str) -> Path:
    """Makes a folder with one program in it, and returns it."""
    folder.mkdir()
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return folder


def ended(api: Api, name: str) -> dict[str, object]:
    def look() -> dict[str, object] | None:
        job: dict[str, object] = answered(api.get(f"/v1/training-jobs/{name}"), 200)
        state = job["state"]
        assert isinstance(state, dict)
        return state if state["status"] not in ("InProgress", "Stopping") else None

    found = until(look, f"{name} is over")
    assert isinstance(found, dict)
    return found


def lines(api: Api, name: str) -> list[str]:
    events = answered(api.get(f"/v1/training-jobs/{name}/logs"), 200)["events"]
    return [event["message"] for event in events]


def train(api: Api, name: str, **more: object) -> None:
    answered(api.post("/v1/training-jobs", json={"name": name, "output": "s3://jobs/out"} | more), 201)


SHOWS_ENVIRONMENTS = (
    SHELL
    + r"""
for process in $PPID $$; do
    tr '\0' '\n' < /proc/$process/environ | grep -E '^(LD_PRELOAD|BASH_ENV|PYTHONSTARTUP|IFS|GCONV_PATH|PATH)='
    echo --
done
umask
"""
)
CHOSEN = {
    "LD_PRELOAD": "/nothing.so",
    "BASH_ENV": "$(touch /tmp/ran)",
    "PYTHONSTARTUP": "/nothing.py",
    "IFS": "x",
    "GCONV_PATH": "/nothing",
    "PATH": "/usr/bin:/bin:/chosen",
}


def test_what_a_user_says_of_the_environment_is_for_the_program_alone(account: Account, tmp_path: Path) -> None:
    api = Api(account.url)
    add(account.url, "shows", program(tmp_path / "shows", "train", SHOWS_ENVIRONMENTS))
    train(api, "shown-environment", algorithm="shows", environment=CHOSEN)
    assert ended(api, "shown-environment")["status"] == "Completed"
    printed = [line for line in lines(api, "shown-environment") if "ld.so" not in line]
    first, second = printed.index("--"), printed.index("--", printed.index("--") + 1)
    supervisor, own = printed[:first], printed[first + 1 : second]
    assert [line.split("=")[0] for line in supervisor] == ["PATH"]
    assert "/chosen" not in supervisor[0]
    assert sorted(own) == sorted(f"{name}={value}" for name, value in CHOSEN.items())
    assert printed[second + 1] == "0022"


SERVES_ENVIRONMENTS = """#!/usr/bin/env python3
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        with open(f"/proc/{os.getppid()}/environ") as file:
            names = {part.split("=")[0] for part in file.read().split("\\0")}
        body = ",".join(sorted(name for name in names if name.startswith(("CHOSEN", "BASH")))) + "|"
        body += os.environ["CHOSEN"] + os.environ["BASH_ENV"]
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


def test_the_environment_of_a_model_is_for_its_program_alone(account: Account, tmp_path: Path) -> None:
    add(account.url, "serves-environments", program(tmp_path / "serves", "serve", SERVES_ENVIRONMENTS))
    account.put("models/environments.tar.gz", tarball({"m": "x"}))
    serve(
        account,
        "environments",
        "serves-environments",
        "s3://jobs/models/environments.tar.gz",
        {"CHOSEN": "mine", "BASH_ENV": "$(false)"},
    )
    answer = account.runtime.invoke_endpoint(EndpointName="environments", ContentType="text/csv", Body=b"1")
    assert answer["Body"].read() == b"|mine$(false)"
    account.sagemaker.delete_endpoint(EndpointName="environments")


@pytest.mark.parametrize("left", ["mkfifo output/failure", "ln -s /etc/passwd output/failure"])
def test_a_pipe_or_a_link_holds_nobody_up(account: Account, tmp_path: Path, left: str) -> None:
    api = Api(account.url)
    name = left.split()[0]
    add(account.url, name, program(tmp_path / name, "train", f'{SHELL}cd "$SAGEMAKER_BASE_DIR"\n{left}\nexit 3\n'))
    for number in range(4):
        train(api, f"{name}-{number}", algorithm=name)
    for number in range(4):
        state = ended(api, f"{name}-{number}")
        assert state["failure_reason"] == "AlgorithmError: the algorithm ended with exit code 3."


def test_a_job_that_kills_its_supervisor_fails(account: Account, tmp_path: Path) -> None:
    api = Api(account.url)
    text = f"{SHELL}sleep 1000 &\necho $!\nsetsid sleep 1000 &\nsleep 0.2\necho $!\nkill -KILL $PPID\nsleep 1000\n"
    add(account.url, "rebel", program(tmp_path / "rebel", "train", text))
    train(api, "rebel", algorithm="rebel")
    state = ended(api, "rebel")
    assert state["status"] == "Failed"
    assert state["failure_reason"] == "AlgorithmError: the job's process was terminated from outside."
    pids = [int(line) for line in lines(api, "rebel")]
    assert len(pids) == 2
    until(lambda: not any(map(is_alive, pids)), "what it has started is gone")


def test_what_a_job_makes_of_its_data_is_its_own_affair(account: Account, make: Callable[..., None]) -> None:
    api = Api(account.url)
    account.put("ruined/a.csv", "1,2\n")
    account.s3.copy_object(Bucket="jobs", Key="copied/a.csv", CopySource="jobs/ruined/a.csv")
    make(
        "ruins",
        """
        import os, pathlib
        for path in pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "input/data/train").iterdir():
            with path.open("r+") as file:
                file.write("x" * 100)
        """,
    )
    channel = {"name": "train", "uri": "s3://jobs/ruined/"}
    train(api, "ruins", algorithm="ruins", channels=[channel])
    assert ended(api, "ruins")["status"] == "Completed"
    for key in ("ruined/a.csv", "copied/a.csv"):
        assert account.get(f"s3://jobs/{key}") == b"1,2\n"


def test_a_stored_object_that_was_changed_is_not_answered(start_server: Callable[..., Server]) -> None:
    server = start_server()
    account = Account(server.url)
    account.put("k", "123456789")
    (blob,) = [path for path in (server.data / "objects" / "blobs").rglob("*") if path.is_file()]
    blob.write_bytes(b"1234")
    with pytest.raises(ClientError) as caught:
        account.get("s3://jobs/k")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert "damaged" in server.log.read_text()


def test_a_job_that_may_run_for_ever_is_refused(account: Account) -> None:
    api = Api(account.url)
    definition = {"name": "ever", "algorithm": "mean", "output": "s3://jobs/out", "max_runtime": 2**63 - 1}
    answer = api.post("/v1/training-jobs", json=definition)
    refused(answer, 400, "max_runtime", "'max_runtime' must be between 1 and 2419200 seconds")
    for seconds in (2**63 - 1, 2**31, 2419201):
        with pytest.raises(ClientError) as caught:
            account.train("ever", "mean", StoppingCondition={"MaxRuntimeInSeconds": seconds})
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_what_a_job_prints_does_not_reach_the_terminal_as_it_is(
    account: Account, make: Callable[..., None], tmp_path: Path
) -> None:
    roost = Command(account.url, tmp_path)
    # A title, a color, an overwritten line, an 8-bit control character, and reversed text.
    make(
        "paints",
        r"import sys; print('\x1b]0;owned\x07\x1b[31mred\ta\rb\x9bc\u202ed', flush=True); sys.exit('\x1b[2Jgone')",
    )
    train(Api(account.url), "paints", algorithm="paints")
    ended(Api(account.url), "paints")
    log = roost("job", "logs", "paints")
    assert "\\u001b]0;owned\\u0007\\u001b[31mred\ta\nb\\u009bc\\u202ed\n" in log
    shown = roost("job", "show", "paints") + roost("job", "list") + roost("job", "show", "paints", "--json")
    failed = roost.run("job", "logs", "paints", "--follow")
    for text in (log, shown, failed.stdout, failed.stderr):
        assert not set(text) & {chr(code) for code in [*range(9), *range(11, 32), *range(127, 160), 0x202E]}


def world_readable(data: Path) -> list[Path]:
    return [path for path in [data, *data.rglob("*")] if not path.is_symlink() and path.stat().st_mode & 0o077]


def test_the_data_folder_is_its_owners_alone(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    account = Account(server.url)
    account.put("train/a.csv", "1,2\n")
    add(server.url, "prints", program(tmp_path / "prints", "train", f"{SHELL}echo hello; umask\n"))
    train(server.api, "prints", algorithm="prints")
    assert ended(server.api, "prints")["status"] == "Completed"
    assert lines(server.api, "prints") == ["hello", "0022"]
    server.api.upload("fraud", "fraud-dense.onnx")
    server.api.serve("private", ["fraud"])
    assert world_readable(server.data) == []
    assert server.stop() == 0

    # Permissions as an earlier release left them.
    for path in [server.data, *server.data.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    server.log.write_text("")
    server.start()
    assert world_readable(server.data) == []
    assert server.log.read_text().count("Data folder restricted") == 1
    server.log.write_text("")
    assert server.stop() == 0
    server.start()
    assert "Data folder restricted" not in server.log.read_text()
    assert server.stop() == 0


def test_a_group_may_read_the_data_folder(start_server: Callable[..., Server]) -> None:
    group = os.getgid()
    server = start_server("--data-group", str(group))
    Account(server.url).put("k", "x")
    for path in [server.data, *server.data.rglob("*")]:
        mode = path.stat().st_mode
        assert not mode & 0o027, path
        assert path.stat().st_gid == group
        if path.is_dir() and path.name != "authority":
            assert mode & 0o050 == 0o050, path
    (blob,) = [path for path in (server.data / "objects" / "blobs").rglob("*") if path.is_file()]
    assert stat.S_IMODE(blob.stat().st_mode) == 0o640
    assert [
        path for path in (server.data / "authority").iterdir() if path.stat().st_mode & 0o040 and "key" in path.name
    ] == []


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nb", "a\0b", "a\x7fb"])
def test_no_header_comes_in_by_an_objects_description(account: Account, value: str) -> None:
    account.put("described", "x")
    url = account.s3.generate_presigned_url(
        "get_object", Params={"Bucket": "jobs", "Key": "described", "ResponseContentType": value}
    )
    answer = requests.get(url, timeout=10)
    assert (answer.status_code, "x-evil" in answer.headers) == (400, False)
    assert "InvalidArgument" in answer.text
    for field in ("Content-Type", "x-amz-meta-note"):
        form = account.s3.generate_presigned_post("jobs", "form")
        sent = requests.post(form["url"], data=form["fields"] | {field: value}, files={"file": ("n", b"x")}, timeout=10)
        assert sent.status_code == 400, sent.text


ANSWERS = {
    "chunk": "HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n7fffffffffffffff\\r\\nabc\\r\\n",
    "status": "HTTP/1.1 99999999999 OK\\r\\n\\r\\n",
    "length": "HTTP/1.1 200 OK\\r\\ncontent-length: 9223372036854775807\\r\\n\\r\\nx",
    "interim": "HTTP/1.1 100 Continue\\r\\n\\r\\n' * 500 + '",
    "header": "HTTP/1.1 200 OK\\r\\ncontent-type: text/csv\\nx-evil: 1\\r\\ncontent-length: 1\\r\\n\\r\\nx",
}

ANSWERS_ODDLY = """#!/usr/bin/env python3
import os, socket, threading

ANSWERS = {%s}

def serve(client):
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        head += client.recv(65536)
    if head.startswith(b"GET"):
        answer = "HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n"
    else:
        answer = ANSWERS[head.split(b"\\r\\n\\r\\n")[1].decode() or client.recv(100).decode()]
    try:
        client.sendall(answer.encode())
        client.close()
    except OSError:
        pass

listener = socket.create_server(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],)).start()
"""


def test_a_programs_answer_is_not_believed(account: Account, tmp_path: Path) -> None:
    table = ", ".join(f"'{name}': '{answer}'" for name, answer in ANSWERS.items())
    add(account.url, "answers-oddly", program(tmp_path / "oddly", "serve", ANSWERS_ODDLY % table))
    account.put("models/oddly.tar.gz", tarball({"m": "x"}))
    serve(account, "answers-oddly", "answers-oddly", "s3://jobs/models/oddly.tar.gz")
    for name in [*ANSWERS, "chunk"]:
        with pytest.raises(ClientError) as caught:
            account.runtime.invoke_endpoint(EndpointName="answers-oddly", ContentType="text/csv", Body=name.encode())
        answer = caught.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424, name
        assert "x-evil" not in answer["ResponseMetadata"]["HTTPHeaders"]
    account.sagemaker.delete_endpoint(EndpointName="answers-oddly")


def test_a_pattern_that_never_ends_holds_nobody_up(account: Account, make: Callable[..., None]) -> None:
    api = Api(account.url)
    make("floods", "for _ in range(400): print('0' * 4000 + 'b', flush=True)")
    for number in range(3):
        train(
            api,
            f"floods-{number}",
            algorithm="floods",
            metrics=[{"name": "m", "pattern": "(0+)+$"}],
        )
    # The catalog can be read all the while.
    for _ in range(20):
        assert api.get("/v1/training-jobs", timeout=5).status_code == 200
    for number in range(3):
        assert ended(api, f"floods-{number}")["status"] == "Completed"
