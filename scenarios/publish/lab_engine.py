"""PGlite, which is Postgres compiled to WebAssembly: fetched once, known by its hash, kept in the user's cache folder.

It is one npm package. Where there is npm it is asked, since it knows its machine's registry; elsewhere the file is fetched as npm
would, from the registry that ``npm_config_registry`` names. What comes is taken only
if it is the bytes that were published (``INTEGRITY``), and of it only what a browser asks for is kept. Its large files are packed,
since a plain file server sends them as they lie: a third of the bytes. Where it cannot be had the build goes on, and the page says
what is missing.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import http.client
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from scenarios.errors import WreckError
from scenarios.publish.lab_cache import cache_folder

PACKAGE, VERSION = "@electric-sql/pglite", "0.5.16"
INTEGRITY = "sha512-Nj8KcIsJL748W408U2N8q4+9IlONdpRIU8MJypIAAINMJ5nqKyqpX7Mgg/5XKkXiAib3AoZGR6hnJFlrlLBrcg=="
"""Of the package's file, as the registry publishes it (npm view @electric-sql/pglite@VERSION dist.integrity)."""
POSTGRES = "18.6"
"""Which Postgres that is (SHOW server_version)."""
FOLDER = f"vendor/pglite-{VERSION}"
"""Where it lies in the site, beneath ``exhibits/``: named by its version, so that a browser may keep it."""
MOST_BYTES = 60_000_000
DEADLINE_S = 60
NPM_DEADLINE_S = 180
_WANTED = re.compile(r"package/(LICENSE|dist/(?:(?:index|chunk-\w+)\.js|\w+\.(?:wasm|data)|contrib/pg_trgm\.js|pg_trgm\.tar\.gz))")
_PACKED = (".wasm", ".data")
"""How files end that are kept packed, as ``<name>.gz``; the page unpacks them."""


@dataclass(frozen=True)
class Engine:
    folder: Path
    files: dict[str, int]
    """What is fetched first, all of it packed, as paths in the folder, and bytes."""

    @property
    def bytes(self) -> int:
        """What a click on the page loads from a server that does not compress."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file() and path.name != "LICENSE")

    def put(self, figures: Path) -> None:
        """Copy it to where a page's figures go, once a build."""
        into = figures / FOLDER
        if not into.exists():
            shutil.copytree(self.folder, into)


def registry() -> str:
    """Return the registry's address without a slash at its end, "" where none is named."""
    return (os.environ.get("npm_config_registry") or os.environ.get("NPM_CONFIG_REGISTRY") or "").rstrip("/")


@functools.cache
def engine() -> Engine | str:
    """Return the engine, fetched if need be, or in a sentence why it cannot be had. Asked once a process."""
    try:
        return obtain(cache_folder("lab"), registry())
    except WreckError as fault:
        return f"PGlite {VERSION}, which it runs on, could not be fetched: {fault.got}"


def obtain(cache: Path, registry: str) -> Engine:
    """Return the engine in ``cache``, fetched from ``registry`` where it is not there yet. Raises WreckError."""
    folder = cache / f"pglite-{VERSION}-packed"
    if not folder.is_dir():
        _unpack(_proven(_fetched(registry)), folder)
    files = {p.relative_to(folder).as_posix(): p.stat().st_size for p in sorted(folder.rglob("*")) if p.suffix == ".gz"}
    if not files:
        raise WreckError(f"PGlite {VERSION} in the cache folder", "a folder without it", f"remove {folder.name} from it and build again")
    return Engine(folder, files)


def _fetched(registry: str) -> bytes:
    """Return the package's file, by npm or without it. Raises WreckError that tells of both."""
    npm, said = shutil.which("npm"), "there is no npm here"
    if npm:
        try:
            return _packed(npm)
        except WreckError as fault:
            said = fault.got
    if not registry:
        do = "install npm, or name a registry in npm_config_registry"
        raise WreckError(f"{PACKAGE} {VERSION} from a registry", f"{said}, and npm_config_registry names no registry", do)
    try:
        return _downloaded(f"{registry}/{PACKAGE}/-/{PACKAGE.rpartition('/')[2]}-{VERSION}.tgz")
    except WreckError as fault:
        raise WreckError(fault.wanted, f"{said}, and {fault.got}", fault.do) from fault


def _packed(npm: str) -> bytes:
    """Return the package's file as npm fetches it. Raises WreckError."""
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        own = {"npm_config_cache": f"{folder}/npm", "npm_config_fetch_retries": "1", "npm_config_update_notifier": "false"}
        environment = os.environ | own
        argv = [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}", "--pack-destination", folder]
        wanted, do = f"{PACKAGE} {VERSION} by npm", "see that npm reaches its registry"
        try:
            done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=NPM_DEADLINE_S, check=False)
        except subprocess.TimeoutExpired:
            raise WreckError(wanted, f"npm took over {NPM_DEADLINE_S} s", do) from None
        files = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(files) != 1:
            # What it says names this machine's registry, and this goes to a page.
            raise WreckError(wanted, f"npm ended with {done.returncode}", do)
        return files[0].read_bytes()


def _downloaded(url: str) -> bytes:
    do = "see that the registry can be reached, or name another in npm_config_registry"
    if not url.startswith(("https://", "http://")):
        raise WreckError("an address of a registry in npm_config_registry", "one of no web server", do)
    try:
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
            data = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as fault:
        raise WreckError(f"{PACKAGE} {VERSION} from a registry", f"the registry answered {fault.code}", do) from fault
    except (OSError, http.client.HTTPException) as fault:
        raise WreckError(f"{PACKAGE} {VERSION} from a registry", "the registry could not be reached", do) from fault
    if len(data) > MOST_BYTES:
        raise WreckError(f"{PACKAGE} {VERSION}", f"more than {MOST_BYTES:,} bytes", do)
    return data


def _proven(tarball: bytes) -> bytes:
    """Return the bytes if they are those that were published. Raises WreckError."""
    got = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if got != INTEGRITY:
        wanted = f"{PACKAGE} {VERSION} of {INTEGRITY[:20]}…"
        raise WreckError(wanted, f"other bytes than were published ({got[:20]}…)", "fetch it from another registry")
    return tarball


def _unpack(tarball: bytes, folder: Path) -> None:
    """Write the wanted files to ``folder``, which appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
            for member in archive:
                # The names are of the pattern's form, so none leads out of the folder.
                if member.isfile() and _WANTED.fullmatch(member.name):
                    target = half / member.name.removeprefix("package/")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _write(target, archive.extractfile(member).read())
        half.chmod(0o755)
        try:
            half.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another build was first
                raise
    except (tarfile.TarError, EOFError, OSError) as fault:
        raise WreckError(f"room and rights for {PACKAGE} in the cache folder", str(fault), "free some space or set DIVING_CACHE") from fault
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _write(target: Path, data: bytes) -> None:
    """Write a file of the engine, a large one packed; the same bytes whenever it is done."""
    if target.suffix in _PACKED:
        target, data = target.with_name(f"{target.name}.gz"), gzip.compress(data, 9, mtime=0)
    target.write_bytes(data)
