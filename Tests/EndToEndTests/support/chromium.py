"""A headless browser that a test drives as a user would: it opens pages, types, clicks and reads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import BROWSERS

LIMIT = 30.0


class Browser:
    """A browser with one page, driven over the two pipes of its remote debugging."""

    def __init__(self, process: subprocess.Popen[bytes], commands: int, answers: int) -> None:
        self.process = process
        self.commands = commands
        self.answers = answers
        self.received = b""
        self.number = 0
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session: str | None = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    session: str | None = None

    def call(self, method: str, **parameters: Any) -> Any:
        """Calls a method of the DevTools protocol, and returns its result."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            answer = self.next_message()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
        raise TimeoutError(f"{method} took longer than {LIMIT:g} s.")

    def next_message(self) -> dict[str, Any]:
        while b"\0" not in self.received:
            piece = os.read(self.answers, 1 << 16)
            assert piece, f"The browser has ended with status {self.process.poll()}."
            self.received += piece
        message, self.received = self.received.split(b"\0", 1)
        parsed: dict[str, Any] = json.loads(message)
        return parsed

    def evaluate(self, expression: str) -> Any:
        """Returns the value of an expression on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Waits until an expression on the page has a true value, and returns it."""
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if value := self.evaluate(expression):
                return value
            time.sleep(0.05)
        shown = self.evaluate("document.documentElement.outerHTML")
        raise TimeoutError(f"{expression} did not become true within {LIMIT:g} s.\n{shown}")

    def open(self, url: str) -> None:
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, f"{url}: {answer['errorText']}"
        self.wait_for("document.readyState === 'complete'")

    def type(self, selector: str, text: str) -> None:
        """Replaces the text of a field by typing."""
        self.evaluate(
            f"(field => {{ field.focus(); field.select(); }})(document.querySelector({json.dumps(selector)}))"
        )
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        place = self.evaluate(
            f"(element => {{ element.scrollIntoView(); const box = element.getBoundingClientRect();"
            f" return [box.x + box.width / 2, box.y + box.height / 2]; }})(document.querySelector({json.dumps(selector)}))"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Starts a browser with a profile in `folder`."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert program is not None, "No browser is installed. Run: scripts/install-deps.sh browser"
    folder.mkdir(parents=True, exist_ok=True)
    its_commands, commands = os.pipe()
    answers, its_answers = os.pipe()
    command = [
        *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--no-proxy-server", "--disable-background-networking", "--disable-component-update", "--mute-audio"),
        f"--user-data-dir={folder / 'profile'}",
        "--remote-debugging-pipe",
    ]
    # The browser reads commands from descriptor 3, and writes answers to descriptor 4.
    shell = ["bash", "-c", f'exec "$@" 3<&{its_commands} 4>&{its_answers}', "bash", *command]
    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            shell,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(its_commands, its_answers),
            start_new_session=True,
        )
        os.close(its_commands)
        os.close(its_answers)
        try:
            yield Browser(process, commands, answers)
        finally:
            process.terminate()
            try:
                process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(commands)
            os.close(answers)
