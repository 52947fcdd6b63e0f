"""Which camera becomes which eye.

A camera is referred to by text: ``serial:0123``, ``port:1-4.2`` (USB bus and the way through
the hubs), ``name:Pupil Cam2 ID0``, ``key:…`` (what its backend opens it by), or empty for the
eye's usual names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gazed import PluginError
from gazed_plugins.capture.cameras import CameraInfo
from gazed_plugins.capture.faults import Ambiguous, NotFound

_NOTHING_THERE = (
    "plug one in (`gazed doctor` looks for the cause if one is); to try without: gazed demo"
)
_KINDS = ("serial", "port", "name", "key")
# Tried group by group; several cameras out of one group are not told apart by name.
_USUAL_NAMES: dict[int, Sequence[tuple[str, ...]]] = {
    0: (("Pupil Cam3 ID0", "Pupil Cam2 ID0", "Pupil Cam1 ID0"), ("HD-6000",)),
    1: (("Pupil Cam3 ID1", "Pupil Cam2 ID1", "Pupil Cam1 ID1"),),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a camera is known by: ``kind`` is one of serial, port, name, key, or empty."""

    kind: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.kind else ""

    def fits(self, camera: CameraInfo) -> bool:
        """Tell whether a camera is meant; part of a name is enough."""
        if self.kind == "name":
            return self.value.casefold() in camera.name.casefold()
        return self.kind != "" and getattr(camera, self.kind) == self.value


def parse(text: str) -> Reference:
    """Return the reference in a text; raise PluginError saying what one looks like."""
    if not text.strip():
        return Reference()
    kind, colon, value = text.partition(":")
    if not (colon and kind in _KINDS and value.strip()):
        raise PluginError(
            f"{text!r} is no camera; write serial:NUMBER, port:1-4.2 or name:TEXT, as"
            " `gazed cameras` lists them"
        )
    return Reference(kind, value.strip())


def choose(
    reference: Reference,
    eye: int,
    cameras: Sequence[CameraInfo],
    names: Sequence[str] = (),
) -> CameraInfo:
    """Return the camera that becomes ``eye``, 0 or 1; raise NotFound or Ambiguous.

    Without a reference the eye's usual names decide, or ``names``, the first that is there.
    """
    groups = _candidates(reference, eye, cameras, names)
    what = _wording(reference, eye, names)
    for group in groups:
        if len(group) > 1:
            raise Ambiguous(f"the one {what}", _listed(group), _remedy(eye, group))
        if group:
            return group[0]
    meant = reference.value if reference.kind == "key" else f"camera {what}"
    if cameras:
        raise NotFound(meant, f"connected are: {_listed(cameras)}")
    raise NotFound(meant, "no camera is connected", _NOTHING_THERE)


class Binding:
    """One eye's camera: chosen by name at first, the very same one from then on.

    A reference by serial or port goes on to mean what it says: the camera in that port.
    """

    def __init__(self, reference: str, eye: int, names: Sequence[str] = ()) -> None:
        self._reference = parse(reference)
        self._eye = eye
        self._names = tuple(names)
        self._bound: CameraInfo | None = None
        self._known_by = ""

    def choose(self, cameras: Sequence[CameraInfo]) -> CameraInfo:
        """Return this eye's camera; raise NotFound or Ambiguous."""
        if self._bound is None:
            return choose(self._reference, self._eye, cameras, self._names)
        same = _same_as(self._bound, cameras, self._known_by)
        if not same:
            remedy = "plug this camera in again; no other one is taken for it"
            raise NotFound(str(self._bound), remedy=remedy)
        if len(same) > 1:
            raise Ambiguous(str(self._bound), _listed(same), _remedy(self._eye, same))
        return same[0]

    def bind(self, camera: CameraInfo) -> None:
        """From now on choose this camera only, known by its serial, else its port, else its name.

        A reference by key goes on to be that where there is neither serial nor port.
        """
        if self._reference.kind not in ("serial", "port"):
            self._bound = replace(camera, modes=(), holder="")
            rest = "key" if self._reference.kind == "key" else "name"
            self._known_by = "serial" if camera.serial else "port" if camera.port else rest


def _candidates(
    reference: Reference, eye: int, cameras: Sequence[CameraInfo], names: Sequence[str]
) -> list[list[CameraInfo]]:
    if reference.kind == "name":
        exact = [camera for camera in cameras if camera.name == reference.value]
        return [exact or [camera for camera in cameras if reference.fits(camera)]]
    if reference.kind:
        return [[camera for camera in cameras if reference.fits(camera)]]
    groups = [(name,) for name in names] if names else _USUAL_NAMES[eye]
    return [[camera for camera in cameras if _named(camera, group)] for group in groups]


def _named(camera: CameraInfo, names: Sequence[str]) -> bool:
    return any(Reference("name", name).fits(camera) for name in names)


def _same_as(bound: CameraInfo, cameras: Sequence[CameraInfo], known_by: str) -> list[CameraInfo]:
    reference = Reference(known_by, getattr(bound, known_by))
    same = [camera for camera in cameras if camera.name == bound.name and reference.fits(camera)]
    if len(same) > 1:
        # Makers give one serial to many cameras; then the port decides, or what else is known.
        mark = "port" if bound.port else "key"
        return [camera for camera in same if getattr(camera, mark) == getattr(bound, mark)] or same
    return same


def _wording(reference: Reference, eye: int, names: Sequence[str]) -> str:
    if reference.kind:
        return f"with {reference}"
    usual = names or [name for group in _USUAL_NAMES[eye] for name in group]
    return f"for eye{eye} ({', '.join(usual)})"


def _listed(cameras: Sequence[CameraInfo]) -> str:
    return ", ".join(str(camera) for camera in cameras)


def _remedy(eye: int, group: Sequence[CameraInfo]) -> str:
    camera = group[0]
    serials = {other.serial for other in group}
    by = f"serial:{camera.serial}" if camera.serial and len(serials) == len(group) else ""
    by = by or f"port:{camera.port or '…'}"
    return (
        f"say which one it is, for example in the configuration of Eye_Processes:"
        f' cameras = {{ eye{eye} = "{by}" }}; `gazed cameras` lists them'
    )
