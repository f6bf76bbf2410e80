#!/usr/bin/env python3
"""Records 'roost demo' in a terminal of its own, and draws what it shows as docs/images/demo.svg.

    make_demo_picture.py [BINARY]    BINARY is the command to record (default: what scripts/roost-binary.sh finds)

ROOST_RUNTIMES is where the runtimes are, so that the recording does not begin with their installation.
"""

from __future__ import annotations

import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PICTURE = REPOSITORY / "docs" / "images" / "demo.svg"
COLUMNS = 92

# A dark window, which is readable on light and dark pages. The sizes are pixels.
BACKGROUND, FOREGROUND, FRAME = "#161b22", "#e6edf3", "#30363d"
STYLES = {
    "1": 'font-weight="bold"',
    "2": 'opacity="0.25"',
    "31": 'fill="#ff7b72"',
    "32": 'fill="#7ee787"',
    "36": 'fill="#79c0ff"',
}
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SIZE, WIDTH, HEIGHT, MARGIN, BAR = 14, 8.43, 20, 20, 36


def record(command: list[str], environment: dict[str, str]) -> str:
    """Runs a command in a terminal of COLUMNS columns, and returns all that it prints."""
    terminal, its_terminal = pty.openpty()
    fcntl.ioctl(its_terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    process = subprocess.Popen(
        command, env=environment, stdin=its_terminal, stdout=its_terminal, stderr=its_terminal, start_new_session=True
    )
    os.close(its_terminal)
    printed = b""
    # On Linux, reading fails once the command has ended.
    try:
        while piece := os.read(terminal, 1 << 16):
            printed += piece
    except OSError:
        pass
    os.close(terminal)
    if process.wait() != 0:
        sys.exit(printed.decode())
    return printed.decode()


def shown(printed: str) -> list[str]:
    """Returns the lines that remain: a line that was drawn over, as progress is, only as it was last."""
    return [line.split("\r")[-1].rstrip() for line in printed.replace("\r\n", "\n").strip("\n").split("\n")]


def drawn(line: str, top: float) -> str:
    """Returns the elements of a line: bars as rectangles, and words at their own places, whatever the width of the font is."""
    style, column, elements = "", 0, []
    for code, text in re.findall(r"\x1b\[([0-9;]*)[A-Za-z]|([^\x1b]+)", line):
        if not text:
            style = STYLES.get(code, "")
        for part in re.finditer(r"[█░]+|[^\s█░]+(?: [^\s█░]+)*", text):
            x, width = MARGIN + (column + part.start()) * WIDTH, len(part[0]) * WIDTH
            if part[0][0] in "█░":
                filled = style or f'fill="{FOREGROUND}"'
                elements.append(
                    f'<rect x="{x:.1f}" y="{top + 3:g}" width="{width:.1f}" height="{HEIGHT - 6}" {filled}/>'
                )
            else:
                place = f'x="{x:.1f}" y="{top + 0.75 * HEIGHT:g}" textLength="{width:.1f}"'
                elements.append(f"<text {f'{place} {style}'.strip()}>{html.escape(part[0], quote=False)}</text>")
        column += len(text)
    return "".join(elements)


def picture(lines: list[str]) -> str:
    """Returns the lines in a window as SVG."""
    width, height = round(COLUMNS * WIDTH + 2 * MARGIN), len(lines) * HEIGHT + MARGIN + BAR
    texts = [drawn(line, BAR + number * HEIGHT) for number, line in enumerate(lines)]
    dots = [f'<circle cx="{20 + 18 * number}" cy="18" r="5.5" fill="{FRAME}"/>' for number in range(3)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="{BACKGROUND}" stroke="{FRAME}"/>',
            *dots,
            f'<g font-family="{FONT}" font-size="{SIZE}" fill="{FOREGROUND}">',
            *filter(None, texts),
            "</g>",
            "</svg>\n",
        ]
    )


def main() -> None:
    found = sys.argv[1:] or [
        subprocess.run(
            [REPOSITORY / "scripts/roost-binary.sh"], capture_output=True, text=True, check=True
        ).stdout.strip()
    ]
    environment = {name: value for name, value in os.environ.items() if name not in ("ROOST_URL", "NO_COLOR")}
    with tempfile.TemporaryDirectory() as folder:
        printed = record(
            [*found, "demo", "--data", f"{folder}/data", "--stop"], environment | {"TERM": "xterm-256color"}
        )
    lines = ["\x1b[32m$\x1b[0m \x1b[1mroost demo\x1b[0m", *shown(printed)]
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(lines))


if __name__ == "__main__":
    main()
