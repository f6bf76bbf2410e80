"""The packages have a program that works where they are installed. `make fresh` tries those of the release on bare systems."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness import BINARY, REPOSITORY

VERSION = subprocess.run([str(BINARY), "--version"], capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the program under test."""
    folder = tmp_path_factory.mktemp("packages")
    checkouts = BINARY.resolve().parents[2] / "checkouts"
    if not checkouts.is_dir():
        pytest.skip("This program is not where it was built, beside the sources of its packages.")
    subprocess.run(
        [str(REPOSITORY / "scripts" / "dist.sh"), str(BINARY), str(checkouts), str(folder)],
        check=True,
        capture_output=True,
        # A debug build takes two minutes to compress.
        timeout=900,
    )
    return folder


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_brings_the_command_and_the_sdk(packages: Path, tmp_path: Path, server: str) -> None:
    (wheel,) = packages.glob(f"roost-{VERSION}-py3-none-manylinux_2_*.whl")
    run(sys.executable, "-m", "venv", str(tmp_path / "environment"))
    python, roost = (str(tmp_path / "environment" / "bin" / name) for name in ("python", "roost"))
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    assert run(roost, "--version").strip() == VERSION
    place = run(python, "-c", "import roost; print(roost.__file__)", PYTHONPATH="")
    assert place.startswith(str(tmp_path)), "the SDK of the wheel"
    assert "Every inference is in the log" in run(roost, "demo", ROOST_URL=server)


def test_the_tarball_is_unpacked_anywhere(packages: Path, tmp_path: Path, server: str) -> None:
    (tarball,) = packages.glob("*.tar.gz")
    run("tar", "-xzf", str(tarball), "-C", str(tmp_path), "--strip-components=1")
    assert "Every inference is in the log" in run(str(tmp_path / "bin" / "roost"), "demo", ROOST_URL=server)
    notices = (tmp_path / "share" / "doc" / "roost" / "THIRD-PARTY-NOTICES").read_text()
    for name in ("swift-nio", "GRDB.swift", "libarchive-dev", "ICU"):
        assert name in notices
    completion = (tmp_path / "share" / "bash-completion" / "completions" / "roost").read_text()
    run("bash", "-c", f"{completion}\ncomplete -p roost")


def test_the_debian_package_has_a_service(packages: Path, tmp_path: Path) -> None:
    (package,) = packages.glob("*.deb")
    assert VERSION in run("dpkg-deb", "--field", str(package), "Version")
    run("dpkg-deb", "--extract", str(package), str(tmp_path))
    assert run(str(tmp_path / "usr" / "bin" / "roost"), "--version").strip() == VERSION
    service = (tmp_path / "usr" / "lib" / "systemd" / "system" / "roost.service").read_text()
    assert "ExecStart=/usr/bin/roost serve" in service
    modes = {path.stat().st_mode & 0o022 for path in tmp_path.rglob("*")}
    assert modes == {0}, "nothing is writable by others"


def test_the_data_of_icu_are_a_package(tmp_path: Path) -> None:
    toolchain = Path(run("bash", "-c", 'readlink -f "$(command -v swift)"').strip()).parents[1]
    library = toolchain / "lib" / "swift_static" / "linux" / "lib_FoundationICU.a"
    data = tmp_path / "icu.dat"
    symbol = run(
        sys.executable,
        str(REPOSITORY / "scripts" / "trim_icu.py"),
        *(str(path) for path in (library, data, tmp_path / "icu.s")),
    )
    assert symbol.startswith("icudt")
    kept = data.read_bytes()
    assert 2 << 20 < len(kept) < 4 << 20
    for name in (b"/root.res\0", b"/en.res\0", b"/zoneinfo64.res\0", b"/unames.icu\0"):
        assert name in kept
    assert b"/de.res\0" not in kept
