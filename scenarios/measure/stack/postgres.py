"""PostgreSQL on loopback: a cluster made, copied, started on a random port with a random password."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from scenarios.errors import StackError
from scenarios.measure.stack.binaries import lend, postgres_bin, server_user
from scenarios.measure.stack.ports import PortTaken, on_free_port, says_taken
from scenarios.measure.stack.process import PLAIN_ENVIRONMENT, Server, tail

SUPERUSER = "wreck"

SETTINGS: dict[str, str | int] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",  # In the data folder, and gone with it even when the server is killed.
    "max_connections": 60,
    "shared_buffers": "128MB",  # As in the talk.
    "jit": "off",
    "max_parallel_workers_per_gather": 0,  # One query, one core, as on the talk's 9.3.
    "autovacuum": "on",
    "max_wal_size": "4GB",
    "wal_level": "minimal",  # Nobody replicates; bulk loading need not be logged twice.
    "max_wal_senders": 0,
    "shared_preload_libraries": "pg_stat_statements,auto_explain",
    "compute_query_id": "on",
    "auto_explain.log_min_duration": -1,
    "auto_explain.log_timing": "off",
    "track_io_timing": "on",
    "track_activity_query_size": 16384,
    "update_process_title": "off",
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_filename": "postgres.log",  # Postgres makes it postgres.json.
    "log_file_mode": "0644",
    "log_rotation_age": 0,
    "log_rotation_size": 0,
    "log_min_duration_statement": -1,
    "log_autovacuum_min_duration": 0,
    "log_lock_waits": "on",  # Told by who waits, once it has waited for deadlock_timeout.
    "log_timezone": "UTC",
    "timezone": "UTC",
    "lc_messages": "C",  # Some messages are read by us.
    "password_encryption": "scram-sha-256",
}
"""What every cluster runs with unless told otherwise."""

SETTINGS_THAT_MATTER = (
    "server_version", "shared_buffers", "effective_cache_size", "work_mem", "jit", "max_parallel_workers_per_gather",
    "random_page_cost", "seq_page_cost", "autovacuum", "fsync", "synchronous_commit", "full_page_writes", "wal_level",
    "checkpoint_timeout", "max_wal_size", "default_statistics_target", "track_io_timing", "compute_query_id",
    "log_min_duration_statement", "auto_explain.log_min_duration", "max_connections",
)  # fmt: skip
"""What a record should hold for its times to be understood."""

_INITDB = ("--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", f"--username={SUPERUSER}")
_NOT_COPIED = {"postmaster.pid", "postmaster.opts", "current_logfiles"}
_DEADLINE_S = 120
"""To be ready, after a crash recovery if need be."""


def make_cluster(folder: Path) -> None:
    """Make an empty cluster in ``folder``, which must be empty or missing. Raises StackError; leaves no half of one."""
    if folder.exists() and any(folder.iterdir()):
        raise StackError("an empty folder for a cluster", f"{folder.name} is not empty", "choose another or empty it")
    lend(folder)
    try:
        with tempfile.NamedTemporaryFile("w+", prefix=".first-password-", dir=folder.parent) as first_password:
            # Nobody ever uses it: each start sets another.
            first_password.write(secrets.token_urlsafe(24))
            first_password.flush()
            if user := server_user():
                os.chown(first_password.name, *user)
            _run("initdb", *_INITDB, f"--pgdata={folder}", f"--pwfile={first_password.name}")
        folder.chmod(0o700)
    except BaseException:
        for leaf in folder.iterdir():
            shutil.rmtree(leaf) if leaf.is_dir() else leaf.unlink()
        raise


def copy_cluster(source: Path, target: Path) -> None:
    """Copy a cluster that is not running to ``target``, which must not exist; all of it or nothing.

    Files share their blocks where the file system can do that.
    """
    if target.exists():
        raise FileExistsError(target)
    if _is_held(source):
        raise StackError("a cluster at rest to copy", f"a server is running on {source.name}", "stop it first")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        _copy_tree(source, temporary)
        if user := server_user():
            for path in (temporary, *temporary.rglob("*")):
                os.chown(path, *user, follow_symlinks=False)
        temporary.chmod(0o700)
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


class Postgres:
    """A running server on the cluster in ``data_folder``, as a context manager.

    Its configuration, its output and its log (``log_file``, one JSON object a line) go to
    ``run_folder/postgres``; the cluster's own configuration files are not used. ``settings``
    override ``SETTINGS``. With ``is_temporary`` the data folder goes when the server has gone,
    whatever ends it.
    """

    def __init__(self, data_folder: Path, run_folder: Path, settings: Mapping[str, str | int] | None = None, *, is_temporary: bool = False):
        self.data_folder, self.is_temporary = Path(data_folder).absolute(), is_temporary
        self.folder = Path(run_folder).absolute() / "postgres"
        self.log_file = self.folder / "postgres.json"
        self.port: int | None = None
        self.server: Server | None = None
        self._chosen = {**SETTINGS, "log_directory": str(self.folder), **(settings or {})}

    def __enter__(self) -> Postgres:
        lend(self.folder)
        (self.folder / "pg_hba.conf").write_text("host all all 127.0.0.0/8 scram-sha-256\n")
        self._password = secrets.token_urlsafe(24)
        self._set_password()
        self.server = on_free_port(self._start)
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the server, its data safe on disk. Again is harmless."""
        if self.server:
            self.server.stop()

    @property
    def last_words(self) -> str:
        return _messages(self.log_file) or tail(self.folder / "output.log")

    def _set_password(self) -> None:
        # With no server up there is no one else to hear it, and none to log it. Killed, it leaves no shared memory: see SETTINGS.
        _run(
            "postgres", "--single", "-j", "-D", self.data_folder, "-c", "log_min_error_statement=panic",
            "-c", "dynamic_shared_memory_type=mmap", "postgres",
            given=f"ALTER ROLE {SUPERUSER} PASSWORD '{self._password}'\n",
        )  # fmt: skip

    def _start(self, port: int) -> Server:
        self.log_file.unlink(missing_ok=True)  # Of an attempt before.
        (self.folder / "postgresql.conf").write_text(render({**self._chosen, "port": port, "hba_file": str(self.folder / "pg_hba.conf")}))
        server = Server(
            "postgres",
            [postgres_bin() / "postgres", "-D", self.data_folder, "-c", f"config_file={self.folder / 'postgresql.conf'}"],
            self.folder / "output.log",
            # Fast shutdown; then immediate, which still removes its shared memory, as SIGKILL cannot.
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
            grace_s=60,
            user=server_user(),
            env=PLAIN_ENVIRONMENT,
            cwd=self.folder,
            remove=(self.data_folder,) if self.is_temporary else (),
            last_words=lambda: self.last_words,
        )
        self.port, self._starting = port, server
        try:
            server.start_ready(self._answers, _DEADLINE_S, "SELECT 1")
        except StackError as fault:
            if says_taken(self.last_words):
                raise PortTaken("postgres", port) from fault
            raise
        return server

    def _says_ready(self) -> bool:
        # As pg_ctl does it. On a port that another program took, a question might hang.
        try:
            lock = (self.data_folder / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return lock[0] == str(self._starting.pid) and len(lock) > 7 and lock[7].strip() == "ready"

    def _answers(self) -> bool:
        if not self._says_ready():
            return False
        try:
            connection = self.connect("postgres")
        except psycopg2.OperationalError:
            return False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                return cursor.fetchone() == (1,)
        except psycopg2.OperationalError:
            return False
        finally:
            connection.close()

    def url(self, database: str) -> str:
        """Return SQLAlchemy's URL of a database. It holds the password: for environments, not for logs."""
        return f"postgresql+psycopg2://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def connect(self, database: str, autocommit: bool = True):
        """Return a psycopg2 connection of the superuser."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, password=self._password, dbname=database,
            sslmode="disable", connect_timeout=10,
        )  # fmt: skip
        connection.autocommit = autocommit
        return connection

    def settings(self) -> dict[str, str]:
        """Return the settings that matter for a measurement, as ``SHOW`` words them."""
        with contextlib.closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
            query = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
            cursor.execute(query, [list(SETTINGS_THAT_MATTER)])
            return dict(cursor.fetchall())


def render(settings: Mapping[str, str | int]) -> str:
    """Return settings as a postgresql.conf."""
    quoted = {name: str(value).replace("\\", "\\\\").replace("'", "''") for name, value in settings.items()}
    return "".join(f"{name} = '{value}'\n" for name, value in quoted.items())


def _run(program: str, *arguments: str | Path, given: str = "") -> None:
    """Run one of Postgres's programs to its end as ``server_user()``. Raises StackError when it fails."""
    uid, gid = server_user() or (None, None)
    done = subprocess.run(
        [postgres_bin() / program, *arguments], input=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=PLAIN_ENVIRONMENT, cwd="/", user=uid, group=gid, extra_groups=[] if uid is not None else None, check=False,
    )  # fmt: skip
    # A single-user server ends well even when its statement failed.
    if done.returncode != 0 or "ERROR:" in done.stdout:
        words = " | ".join(done.stdout.split("\n")[-8:]).strip()
        do = "see that the disk has room and no other server uses the folder"
        raise StackError(f"{program} to do its work", words or f"status {done.returncode}", do)


def _messages(log_file: Path, last: int = 5) -> str:
    """Return the last messages of a JSON log in one line, "" if there are none."""
    if not log_file.exists():
        return ""
    found = []
    for line in log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-200:]:
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            found.append(f"{entry.get('error_severity')}: {entry.get('message')}")
    return " | ".join(found[-last:])[-1_000:]


def _is_held(folder: Path) -> bool:
    try:
        return psutil.pid_exists(int((folder / "postmaster.pid").read_text().split("\n")[0]))
    except (OSError, ValueError):
        return False


def _copy_tree(source: Path, target: Path) -> None:
    """Copy what is in a cluster's folder. Raises the first OSError there was: ``copytree`` alone would tell of all, none with its number."""
    faults: list[OSError] = []

    def copy(one: str, other: str) -> None:
        try:
            _copy_file(one, other)
        except OSError as fault:
            faults.append(fault)
            raise

    try:
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=copy, ignore=lambda _, names: _NOT_COPIED & set(names))
    except shutil.Error as fault:
        raise (faults[0] if faults else fault) from fault


def _copy_file(source: str, target: str) -> None:
    """Copy one file, sharing its blocks where the file system can (copy_file_range does that by itself)."""
    if not hasattr(os, "copy_file_range"):
        shutil.copy2(source, target)
        return
    try:
        with open(source, "rb") as reader, open(target, "wb") as writer:
            left = os.fstat(reader.fileno()).st_size
            while left > 0:
                copied = os.copy_file_range(reader.fileno(), writer.fileno(), left)
                if copied == 0:
                    raise OSError("file shrank while it was copied")
                left -= copied
        shutil.copystat(source, target)
    except OSError:  # Another file system, an old kernel: the long way, which raises if it fails too.
        shutil.copy2(source, target)
