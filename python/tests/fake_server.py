"""A minimal server with the responses that the SDK's tests need. It records the requests that it receives."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TIME = "2022-10-19T17:52:00.508852Z"
LATER = "2022-10-19T17:52:01.298216Z"


class FakeServer(ThreadingHTTPServer):
    """Keeps everything in memory. A deployment is running at the second poll."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.workspaces = {"default": workspace("default", 1)}
        self.models: dict[str, list[dict[str, Any]]] = {}
        self.pipelines: dict[str, dict[str, Any]] = {}
        self.entries: list[dict[str, Any]] = []
        self.fault: str | None = None
        self.jobs: dict[tuple[str, str], dict[str, Any]] = {}
        self.functions: dict[str, dict[str, Any]] = {}
        #: What came of the next invocations.
        self.outcome: dict[str, Any] = {"failed": False, "result": None}
        self.count = 0
        #: Responses of the real server: reports by their kind, ``quality`` and ``counterfactual``; and a ``picture``.
        self.answers: dict[str, Any] = {}
        self.assays: dict[str, dict[str, Any]] = {}
        #: What assays say about windows, the oldest first.
        self.assay_results: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=lambda: self.serve_forever(poll_interval=0.01), daemon=True).start()

    def uuid(self) -> str:
        self.count += 1
        return f"00000000-0000-4000-8000-{self.count:012d}"

    def sent(self, method: str) -> list[tuple[str, Any]]:
        return [(address, body) for verb, address, body in self.requests if verb == method]


def workspace(name: str, id: int) -> dict[str, Any]:
    return {"id": id, "name": name, "created_at": TIME, "models": [], "pipelines": []}


class Handler(BaseHTTPRequestHandler):
    server: FakeServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = self.headers.get("Content-Type") == "application/json"
        content = json.loads(body) if is_json else body
        self.server.requests.append((self.command, self.path, content))
        self.server.headers.append(dict(self.headers))
        parts = [unquote(part) for part in url.path.split("/")[2:]]
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        status, answer = self.answer(parts, query, content)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Roost-Inference-Id", "inference-1")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, parts: list[str], query: dict[str, str], body: Any) -> tuple[int, Any]:
        server = self.server
        match [self.command, *parts]:
            case ["GET", "workspaces"]:
                return 200, {"workspaces": list(server.workspaces.values())}
            case ["POST", "workspaces"]:
                if body["name"] in server.workspaces:
                    return error(409, "conflict", f"Workspace '{body['name']}' already exists.", "name")
                server.workspaces[body["name"]] = workspace(body["name"], len(server.workspaces) + 1)
                return 201, server.workspaces[body["name"]]
            case ["GET", "workspaces", name] if name in server.workspaces:
                return 200, server.workspaces[name]
            case ["POST", "models", name, "versions"]:
                return 201, self.upload(name, query.get("workspace", "default"), body)
            case ["GET", "models"]:
                models = [{"name": name, "versions": found[:1]} for name, found in server.models.items()]
                return 200, {"models": models, "total": len(models)}
            case ["GET", "models", name] if name in server.models:
                return 200, {"name": name, "versions": server.models[name]}
            case ["GET", "models", name, "versions", version] if name in server.models:
                return 200, next(found for found in server.models[name] if found["id"] == version)
            case ["GET", "pipelines"]:
                return 200, {"pipelines": list(server.pipelines.values())}
            case ["POST", "pipelines"]:
                server.pipelines[body["name"]] = {
                    "name": body["name"],
                    "workspace": body["workspace"],
                    "created_at": TIME,
                    "updated_at": TIME,
                    "tags": [],
                    "version": self.version(body),
                    "deployment": None,
                }
                return 201, server.pipelines[body["name"]]
            case [_, kind, *rest] if kind.endswith("-jobs"):
                return self.job(kind, rest, body)
            case ["GET", "reports", id, *rest]:
                picture = server.answers.get("picture", "<svg/>")
                if picture is None:
                    return error(404, "not_found", "There is no such report.", "report")
                return 200, picture.encode() if rest else self.report(id)
            case ["POST", "reports", _, "verify"]:
                return 200, {"is_reproduced": True}
            case [_, "assays", *rest]:
                return self.assay(rest, query, body)
            case ["GET", "functions"]:
                return 200, {"functions": list(server.functions.values())}
            case [_, "functions", name, *rest] if name in server.functions or self.command == "PUT":
                return self.function(name, rest, query, body)
            case [_, "pipelines", name, *rest] if name in server.pipelines:
                return self.pipeline(server.pipelines[name], rest, body)
        return error(404, "not_found", f"{'/'.join(parts)} does not exist.", None)

    def upload(self, name: str, space: str, body: bytes) -> dict[str, Any]:
        tensor = {"name": "tensor", "datatype": "FP32", "shape": [-1, 2]}
        record = {
            "id": self.server.uuid(),
            "model": name,
            "workspace": space,
            "framework": "tensorflow" if body[:2] == b"PK" else "onnx",
            "sha256": "ab" * 32,
            "byte_count": len(body),
            "signature": {"inputs": [tensor], "outputs": [{**tensor, "name": "out"}]},
            "tags": [],
            "created_at": TIME,
        }
        self.server.models.setdefault(name, []).insert(0, record)
        return record

    def version(self, body: Any) -> dict[str, Any]:
        return {
            "id": self.server.uuid(),
            "created_at": TIME,
            **{name: value for name, value in body.items() if name not in ("name", "workspace")},
        }

    def report(self, id: str) -> Any:
        return next(report for report in self.server.answers.values() if report.get("id") == id)

    def pipeline(self, record: dict[str, Any], rest: list[str], body: Any) -> tuple[int, Any]:
        match [self.command, *rest]:
            case ["GET"]:
                return 200, record
            case ["PUT"]:
                record.update(version=self.version(body), updated_at=LATER)
                return 200, record
            case ["PUT", "deployment"]:
                record["deployment"] = {"state": "Starting", "version": body["version"], "error": None, "models": []}
                return 202, record["deployment"]
            case ["GET", "deployment"] if record["deployment"] is not None:
                deployment = dict(record["deployment"])
                if deployment["state"] == "Starting":
                    fault = self.server.fault
                    record["deployment"] |= {"state": "Error" if fault else "Running", "error": fault}
                return 200, deployment
            case ["DELETE", "deployment"] if record["deployment"] is not None:
                record["deployment"]["state"] = "Stopped"
                return 202, record["deployment"]
            case ["POST", "infer"]:
                return 200, {"original_data": body, "check_failures": [], "outputs": [], "shadow_data": {}}
            case ["GET", "logs"]:
                return 200, {"entries": self.server.entries}
            case ["GET", "logs", "export"]:
                return 200, b"".join(json.dumps(entry).encode() + b"\n" for entry in self.server.entries)
            case ["POST", "reports"]:
                return 201, self.server.answers[body.get("kind", "experiment")]
            case ["GET", "reports"]:
                report = self.server.answers["experiment"]
                names = ("id", "pipeline", "kind", "created_at", "start", "end")
                verdicts = {each["challenger"]: each["verdict"] for each in report["experiment"]["comparisons"]}
                return 200, {"reports": [{name: report[name] for name in names} | {"verdicts": verdicts}]}
            case ["POST", "counterfactual"]:
                return 200, self.server.answers["counterfactual"]
            case ["GET", "quality"]:
                return 200, self.server.answers["quality"]
            case ["POST", "ground-truth"]:
                return 200, {"accepted": body.count(b"\n") + 1}
            case ["POST", "logs", "deletions"]:
                return 200, {"entries": 2, "labels": 1}
            case ["PUT", "tags", tag]:
                record["tags"].append(tag)
                return 200, record
        return error(404, "not_found", f"Pipeline '{record['name']}' was never deployed.", None)

    def function(self, name: str, rest: list[str], query: dict[str, str], body: Any) -> tuple[int, Any]:
        server = self.server
        match [self.command, *rest]:
            case ["PUT"]:
                made = {"name": name, "created_at": TIME, "modified_at": TIME, "versions": [], "environment": {}}
                made |= {"runtime": "python3.14", "handler": "function.handler", "timeout_seconds": 3, "memory_mb": 128}
                is_new = name not in server.functions
                server.functions[name] = made | server.functions.get(name, {}) | body | {"code": {}}
                return 201 if is_new else 200, server.functions[name]
            case ["GET"]:
                return 200, server.functions[name]
            case ["DELETE"]:
                return 200, server.functions.pop(name)
            case ["POST", "invocations"] if query.get("queue") == "true":
                return 202, {"id": "invocation-1"}
            case ["POST", "invocations"]:
                return 200, {"id": "invocation-1", "version": query.get("version", "$LATEST"), **server.outcome}
            case ["GET", "logs"]:
                return 200, {"events": [{"time": TIME, "stream": "s", "message": f"line {n}"} for n in range(2)]}
            case ["GET", "events"]:
                return 200, {"events": [{"id": "invocation-1", "state": "waiting", "accepted_at": TIME}]}
        return error(405, "method_not_allowed", "not allowed", "method")

    def assay(self, rest: list[str], query: dict[str, str], body: Any) -> tuple[int, Any]:
        assays, results = self.server.assays, self.server.assay_results
        baseline = {"count": 1000, "missing": 0, "min": 0, "max": 1, "mean": 0.5, "median": 0.5, "std": 0.25}
        if rest and rest[0] not in assays and self.command not in ("PUT", "POST"):
            return error(404, "not_found", f"Assay '{rest[0]}' does not exist.", "assay")
        match [self.command, *rest]:
            case ["GET"]:
                found = [
                    each for each in assays.values() if query.get("pipeline") in (None, each["definition"]["pipeline"])
                ]
                return 200, {"assays": found}
            case ["POST", "preview"]:
                return 200, {"baseline": baseline, "results": results, "alerts": [each["end"] for each in results[-1:]]}
            case ["PUT", name]:
                # Without a baseline, that of the assay stays. Listed values are not returned.
                kept = assays[name]["definition"].get("baseline") if name in assays else None
                given = body.get("baseline", kept)
                shown = {} if given is None or "values" in given else {"baseline": given}
                is_new = name not in assays
                assays[name] = {"name": name, "created_at": TIME, "baseline": baseline, "level": "not_enough_data"}
                assays[name]["definition"] = {"paused": False} | body | shown
                if not shown:
                    assays[name]["definition"].pop("baseline", None)
                assays[name] |= {"last": results[-1], "level": results[-1]["status"]} if results else {}
                assays[name] |= {"next_end": LATER} if not body.get("paused") else {}
                return 201 if is_new else 200, assays[name]
            case ["GET", name]:
                return 200, assays[name]
            case ["POST", name, ("pause" | "resume") as verb]:
                assays[name]["definition"]["paused"] = verb == "pause"
                assays[name].pop("next_end", None)
                assays[name] |= {"next_end": LATER} if verb == "resume" else {}
                return 200, assays[name]
            case ["GET", _, "results"]:
                return 200, {"results": results[::-1]}
            case ["DELETE", name]:
                return 200, assays.pop(name)
        return error(405, "method_not_allowed", "not allowed", "method")

    def job(self, kind: str, rest: list[str], body: Any) -> tuple[int, Any]:
        """Serves a job that is over at the third poll and writes a line at each."""
        jobs = self.server.jobs
        if rest:
            record = jobs.get((kind, rest[0]))
            if record is None:
                return error(404, "not_found", f"There is no job '{rest[0]}'.", "job")
        match [self.command, *rest]:
            case ["POST"]:
                state = {"status": "InProgress", "created_at": TIME, "modified_at": TIME, "phases": []}
                more = {"training-jobs": {"metrics": []}, "transform-jobs": {"progress": {"records": 0}}}
                jobs[kind, body["name"]] = {"definition": body, "state": state, "looks": 0, **more.get(kind, {})}
                return 201, jobs[kind, body["name"]]
            case ["GET"]:
                return 200, {"jobs": [record for (other, _), record in jobs.items() if other == kind]}
            case ["GET", _]:
                record["looks"] += 1
                if record["looks"] == 3 and record["state"]["status"] == "InProgress":
                    record["state"] |= {"status": "Failed" if self.server.fault else "Completed"}
                    if self.server.fault:
                        record["state"]["failure_reason"] = self.server.fault
                return 200, record
            case ["POST", _, "stop"]:
                record["state"]["status"] = "Stopped"
                return 202, record
        query = parse_qs(urlsplit(self.path).query)
        start, end = int(query["from"][0]), min(record["looks"], 3)
        return 200, {"events": [{"time": TIME, "message": f"line {n}"} for n in range(start, end)], "next": end}


def error(status: int, code: str, message: str, field: str | None) -> tuple[int, Any]:
    details = {"code": code, "message": message} | ({"field": field} if field else {})
    return status, {"error": details}
