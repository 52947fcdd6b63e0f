"""What plugins are installed and what they can be told, found out in a process of its own.

``python -m gazed.listing`` imports every plugin, one at a time, and prints what it learned;
the kernel and the command line read that, and so import none themselves.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from gazed.arguments import schema_of
from gazed.errors import BrokenPluginError
from gazed.registry import Offer, Registry, load


def describe(offer: Offer) -> dict[str, Any]:
    """Return one plugin's name, host, package, summary and arguments, or why it is broken."""
    entry: dict[str, Any] = {
        "name": offer.name,
        "plugin": offer.plugin,
        "group": offer.group,
        "hosts": list(offer.hosts),
        "distribution": offer.distribution,
    }
    try:
        cls = load(offer)
        entry["summary"] = (inspect.getdoc(cls) or "").partition("\n")[0]
        entry["arguments"] = [argument.to_wire() for argument in schema_of(cls)]
    except (BrokenPluginError, NameError, TypeError, ValueError) as error:
        entry["broken"] = str(error)
    return entry


def described_plugins() -> list[dict[str, Any]]:
    """Return all installed plugins, described by a process of its own."""
    command = [sys.executable, "-m", "gazed.listing"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=60)
    lines = done.stdout.splitlines()
    return [json.loads(line) for line in lines]


def list_plugins(then: Callable[[list[dict[str, Any]]], None]) -> None:
    """Describe all plugins in a thread and call ``then`` there with the result."""
    threading.Thread(target=lambda: then(described_plugins()), daemon=True).start()


if __name__ == "__main__":
    for installed in Registry().offers():
        print(json.dumps(describe(installed), default=str), flush=True)
