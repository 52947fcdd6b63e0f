"""Whether the libraries gazed is built on are installed and can be loaded."""

from __future__ import annotations

import importlib
import platform
import re
from importlib import metadata

from gazed_plugins.doctor import Finding, Findings

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_UVC = "pupil-labs-uvc"
# Both bring the same files; what works afterwards is chance.
_RIVALS = ("opencv-python", "opencv-contrib-python")
_MODULES = {"opencv-python-headless": "cv2", "av": "av", "numpy": "numpy"}


def check() -> Findings:
    """Look at Python, at the libraries, and at the one that talks to the cameras."""
    yield f"Python {platform.python_version()} on {platform.system()} {platform.machine()}", ""
    versions = {name: _version(name) for name in _required()}
    missing = [name for name, version in versions.items() if version is None]
    known = [f"{name} {version}" for name, version in versions.items() if version]
    yield ", ".join(known), ""
    for name in missing:
        yield f"{name} is not installed", f"pip install {name}"
    for name, module in _MODULES.items():
        if versions.get(name):
            yield from _loads(name, module)
    yield _uvc()
    rivals = [name for name in _RIVALS if _version(name)]
    if rivals and versions.get("opencv-python-headless"):
        yield (
            f"{', '.join(rivals)} is installed beside opencv-python-headless, over the same files",
            f"pip uninstall {' '.join(rivals)} opencv-python-headless; pip install one of them",
        )


def _required() -> list[str]:
    # Requirements with a condition (extras, the camera library) are not for everybody.
    lines = metadata.requires("gazed") or []
    matches = [_NAME.match(line) for line in lines if ";" not in line]
    return [match.group() for match in matches if match]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _loads(name: str, module: str) -> Findings:
    try:
        importlib.import_module(module)
    except ImportError as error:
        yield f"{name} cannot be loaded: {error}", f"pip install --force-reinstall {name}"


def _uvc() -> Finding:
    try:
        importlib.import_module("uvc")
    except ImportError as error:
        return (
            f"{_UVC}, which UVC_Source needs, cannot be used: {error}",
            f"pip install {_UVC} (for Python 3.10 to 3.13); Camera_Source works without it",
        )
    return f"{_UVC} {_version(_UVC) or 'without a version'}, for UVC_Source", ""
