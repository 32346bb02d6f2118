"""Where the browser comes from, and what is said where there is none."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import provision
from tests.browser.provision import BrowserMissing

ROOT = Path(__file__).parents[2]


def program(path: Path, says: str) -> Path:
    path.write_text(f"#!/bin/sh\n{says}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without a browser, apt-get or npm, whose PATH is the folder given."""
    monkeypatch.delenv("CHROME_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(provision, "USUAL_PLACES", ())
    monkeypatch.setattr(provision.platformdirs, "user_cache_path", lambda name: tmp_path / "cache")
    return tmp_path


def test_chrome_path_goes_first(bare, monkeypatch):
    program(bare / "chromium", "exit 0")
    mine = program(bare / "mine", "exit 0")
    monkeypatch.setenv("CHROME_PATH", str(mine))
    assert provision.find_browser() == mine


def test_a_chrome_path_that_does_not_run_is_refused(bare, monkeypatch):
    monkeypatch.setenv("CHROME_PATH", str(bare / "gone"))
    with pytest.raises(BrowserMissing, match="CHROME_PATH"):
        provision.find_browser()


def test_one_on_path_that_does_not_run_is_passed_over(bare):
    program(bare / "chromium", "exit 1")
    chrome = program(bare / "google-chrome", "exit 0")
    assert provision.find_browser() == chrome


def test_debians_is_installed_by_root(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    log = bare / "log"
    program(bare / "apt-get", f'echo "$@" >> "{log}"; printf "#!/bin/sh\\n" > "{bare}/chromium"; /bin/chmod +x "{bare}/chromium"')
    assert provision.find_browser() == bare / "chromium"
    assert log.read_text().splitlines() == ["update", "install -y --no-install-recommends chromium fonts-dejavu-core"]


def test_a_failing_apt_get_is_quoted(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program(bare / "apt-get", "echo 'E: no network' >&2; exit 100")
    with pytest.raises(BrowserMissing, match="E: no network"):
        provision.find_browser()


@pytest.mark.skipif((platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="npm's build is for Linux on x86-64")
def test_a_package_of_other_bytes_is_refused(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    program(bare / "npm", "echo other > sparticuz-chromium.tgz")
    program(bare / "node", "exit 0")
    with pytest.raises(BrowserMissing, match="another checksum"):
        provision.find_browser()
    assert not list((bare / "cache").glob("chromium-*"))


def test_a_bare_machine_is_told_what_to_do_in_one_line(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BrowserMissing) as caught:
        provision.find_browser()
    assert "\n" not in str(caught.value)
    assert "CHROME_PATH" in str(caught.value) and "npm" in str(caught.value)


@pytest.mark.parametrize("ci", [False, True])
def test_without_a_browser_the_run_says_so_or_fails(tmp_path, ci):
    environment = {k: v for k, v in os.environ.items() if k != "CI"} | {"CHROME_PATH": str(tmp_path / "gone")}
    if ci:
        environment["CI"] = "true"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/browser/test_page.py", "-k", "permalink"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    if ci:
        assert done.returncode == 1 and "CHROME_PATH" in done.stdout
    else:
        assert done.returncode == 0 and "NOT TESTED: the site in a browser" in done.stdout and "CHROME_PATH" in done.stdout
