"""The machine and its software, and nothing that says whose machine it is."""

from __future__ import annotations

import functools
import os
import platform
import re
import subprocess
from importlib import metadata

import psutil

from scenarios.measure.stack.binaries import nginx_bin, postgres_bin
from scenarios.record import Environment


def describe(postgres_settings: dict[str, str], postgres_version: str, nginx_version: str) -> Environment:
    """Return what a reader needs to know why their numbers may differ."""
    kernel = re.match(r"[0-9.]*", platform.release())[0].rstrip(".")
    return Environment(
        versions={**_packages(), "python": platform.python_version(), "postgres": postgres_version, "nginx": nginx_version},
        kernel=f"{platform.system()} {kernel}",  # what follows the number may name its owner
        libc=" ".join(platform.libc_ver()).strip() or "unknown",
        cpu_model=cpu_model(),
        cpu_count=psutil.cpu_count() or 1,
        memory_mb=round(psutil.virtual_memory().total / 2**20),
        postgres_settings=postgres_settings,
        privileged=os.geteuid() == 0,
    )


@functools.cache
def _packages() -> dict[str, str]:
    return {d.metadata["Name"].lower(): d.version for d in metadata.distributions() if d.metadata["Name"]}


def cpu_model() -> str:
    """Return the processor's name as the system gives it."""
    if platform.system() == "Linux":
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = dict(line.split(":", 1) for line in file if ":" in line)
        for key, name in names.items():
            if key.strip() in ("model name", "Model", "cpu model"):
                return name.strip()
    return platform.processor() or platform.machine()


@functools.cache
def nginx_version() -> str:
    """Return the version nginx says it is."""
    said = subprocess.run([str(nginx_bin()), "-v"], capture_output=True, text=True, timeout=10, check=True).stderr
    return re.search(r"nginx/([0-9.]+)", said)[1]


@functools.cache
def postgres_version() -> str:
    """Return the version of the Postgres that comes along."""
    said = subprocess.run([postgres_bin() / "postgres", "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    return re.search(r"([0-9]+\.[0-9]+)", said)[1]
