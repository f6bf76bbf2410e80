"""A real browser for the console's tests, which fails a test for whatever a page must not do."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import BROWSERS
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

expect.set_options(timeout=20_000)

#: A text that pages must show as it is. A quotation mark with a combining mark behind it is another character to Swift, and the end of
#: an attribute to a browser.
HOSTILE = "<script>alert(1)</script>\"'& \"\u0301 data-broken=\"\u0301 '\u0301 data-broken='\u0301"
#: The widths at which every screen is tried, with a height.
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert program is not None, "No browser is installed. Run: scripts/install-deps.sh browser"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
        )
        yield browser
        browser.close()


@pytest.fixture(params=sorted(SIZES))
def page(request: pytest.FixtureRequest, chromium: Browser, server: str, tmp_path: Path) -> Iterator[Page]:
    """A page of the console at a width, at the server of this file.

    Fails the test if the page wrote anything to the browser's console, asked another server for something, violated the policy of
    its content, opened a dialog of the browser, or is wider than its window. Leaves a picture of the last state of the page.
    """
    yield from watched(request, chromium, server, tmp_path, SIZES[request.param])


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, chromium: Browser, server: str, tmp_path: Path
) -> Iterator[Callable[[], Page]]:
    """Opens a wide page of the console that is watched like `page`."""
    pages: list[Iterator[Page]] = []

    def opened() -> Page:
        pages.append(watched(request, chromium, server, tmp_path, SIZES["wide"]))
        return next(pages[-1])

    yield opened
    for each in pages:
        for _ in each:
            pass


def watched(
    request: pytest.FixtureRequest, chromium: Browser, server: str, folder: Path, size: tuple[int, int]
) -> Iterator[Page]:
    width, height = size
    context = chromium.new_context(base_url=server, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(20_000)
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The browser itself writes a line for each response with an error, which some tests ask for, and one if a test has chosen a
        # field before the page could.
        if not message.text.startswith(("Failed to load resource", "Autofocus processing was blocked")):
            problems.append(f"console: {message.type}: {message.text}")

    def sent(sent: Request) -> None:
        if not sent.url.startswith(server):
            problems.append(f"request: {sent.url}")

    page.on("console", note)
    page.on("request", sent)
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', event =>"
        " console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"
        "addEventListener('DOMContentLoaded', () => {"
        " if (document.querySelector('[data-broken]')) console.error('text became an attribute'); })"
    )
    yield page
    # A form may just have led to another page, whose style is not there yet.
    page.wait_for_load_state()
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    folder = Path(os.environ.get("ROOST_SCREENSHOTS") or folder)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / (re.sub(r"[^\w.-]+", "-", request.node.name) + ".png"), full_page=True)
    context.close()
    assert not problems, problems
    assert wider <= 0, f"The page is {wider} pixels wider than its window."
