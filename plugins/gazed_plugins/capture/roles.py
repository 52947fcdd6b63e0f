"""Which camera each eye has, or would have: from a configuration, a running service, or names."""

from __future__ import annotations

import contextlib
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gazed import Client, ConfigurationError, Connection, Fields, NotRunningError, PluginError
from gazed_plugins.capture.cameras import CameraInfo
from gazed_plugins.capture.faults import CameraFault
from gazed_plugins.capture.identity import choose, parse

EYES = (0, 1)
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Role:
    """The camera that becomes an eye, or why there is none and what to do."""

    eye: int
    camera: CameraInfo | None = None
    code: str = ""
    text: str = ""
    remedy: str = ""

    def to_wire(self) -> dict[str, Any]:
        """Return the fields that ``gazed cameras --json`` prints."""
        if self.camera:
            return {"camera": self.camera.to_wire()}
        return {"camera": None, "code": self.code, "text": self.text, "remedy": self.remedy}


@dataclass(slots=True)
class Service:
    """What a running service says: its eyes' source, their references, and each one's report."""

    pid: int
    source: str = ""
    references: dict[int, str] = field(default_factory=dict)
    reports: dict[int, Fields] = field(default_factory=dict)

    def eye_of(self, camera: CameraInfo) -> int | None:
        """Return the eye that has a camera open."""
        for eye, report in self.reports.items():
            theirs = report.get("camera") or {}
            ids = (theirs.get("name"), theirs.get("serial"), theirs.get("port"))
            open_now = report.get("state") in ("streaming", "stalled", "opening")
            if open_now and ids == (camera.name, camera.serial, camera.port):
                return eye
        return None


def roles(references: Mapping[int, str], cameras: Sequence[CameraInfo]) -> list[Role]:
    """Return for each eye which of ``cameras`` it becomes."""
    return [_role(eye, references.get(eye, ""), cameras) for eye in EYES]


def references_in(path: Path) -> dict[int, str]:
    """Return the references of a configuration file; raise ConfigurationError."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("start_plugin", [])
        found = [entry for entry in entries if entry.get("name") == "Eye_Processes"]
        return _by_eye(found[-1].get("args", {}).get("cameras", {})) if found else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
    except (AttributeError, TypeError):
        raise ConfigurationError(
            f'{path}: Eye_Processes\' cameras must be a table such as {{ eye0 = "serial:0123" }}'
        ) from None


def ask(connection: Connection) -> Service:
    """Ask a running service what its eyes have; who does not answer in a second is left out."""
    service = Service(connection.pid)
    with Client.local(connection) as client, contextlib.suppress(NotRunningError):
        client.subscribe("notify.capture.report", "notify.capture.roles", "notify.kernel.report")
        client.notify("kernel.should_report")
        client.notify("capture.should_report")
        waits_for = {"roles", "kernel"}
        end = time.monotonic() + _PATIENCE
        while waits_for and (left := end - time.monotonic()) > 0:
            message = client.receive(left)
            if message:
                _take(service, waits_for, message[0].removeprefix("notify."), message[1])
    return service


def _take(service: Service, waits_for: set[str], subject: str, fields: Fields) -> None:
    if subject == "capture.roles":
        service.source = fields["source"]
        service.references = _by_eye(fields["cameras"])
        waits_for.discard("roles")
    elif subject == "capture.report":
        service.reports[fields["eye_id"]] = fields
        waits_for.discard(f"eye{fields['eye_id']}")
    else:
        waits_for.discard("kernel")
        hosts = {host["name"] for host in fields["hosts"]}
        missing = [eye for eye in EYES if eye not in service.reports]
        waits_for.update(f"eye{eye}" for eye in missing if f"eye{eye}" in hosts)


def _role(eye: int, reference: str, cameras: Sequence[CameraInfo]) -> Role:
    try:
        return Role(eye, choose(parse(reference), eye, cameras))
    except CameraFault as fault:
        return Role(eye, None, fault.code, fault.text, fault.remedy)
    except PluginError as error:
        return Role(eye, None, "wrong_reference", str(error), "correct the configuration")


def _by_eye(cameras: Mapping[str, str]) -> dict[int, str]:
    return {eye: str(cameras[f"eye{eye}"]) for eye in EYES if f"eye{eye}" in cameras}
