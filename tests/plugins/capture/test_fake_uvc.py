"""The fake ``uvc`` is held against the real one, so that it cannot drift away from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FAKES = Path(__file__).parents[2] / "fakes"

# Run in a process of its own: the compiled module can be imported only once in each.
_SURFACE = """
import inspect, json, sys
import uvc
from uvc import uvc_bindings as bindings

def names(thing):
    return sorted(name for name in dir(thing) if not name.startswith("_"))

def told(call, *values):
    try:
        return repr(call(*values))
    except Exception as error:
        return f"{type(error).__name__}: {error}"

classes = ["Capture", "Control", "MJPEGFrame", "Frame", "Device_List"]
errors = ["CaptureError", "StreamError", "InitError", "OpenError", "DeviceNotFoundError",
          "InsufficientBandwidthError"]
print(json.dumps({
    "file": uvc.__file__,
    "version": uvc.__version__,
    "all": sorted(uvc.__all__),
    "classes": {name: names(getattr(bindings, name)) for name in classes},
    "bases": {name: [base.__name__ for base in getattr(bindings, name).__mro__] for name in errors},
    "texts": {name: str(getattr(bindings, name)("text")) for name in errors},
    "signatures": {
        name: str(inspect.signature(getattr(uvc, name)).replace(return_annotation=inspect._empty))
        for name in ("device_list", "get_time_monotonic", "is_accessible")
    },
    "get_frame": list(inspect.signature(uvc.Capture.get_frame).parameters),
    "timeout": inspect.signature(uvc.Capture.get_frame).parameters["timeout"].default,
    "codes": {str(code): text for code, text in bindings.uvc_error_codes.items()},
    "mode": list(bindings.CameraMode._fields),
    "no camera": told(uvc.Capture, "99:99"),
    "inaccessible": told(uvc.is_accessible, "99:99"),
    "controls": sorted(
        unit["display_name"] for unit in getattr(bindings, "standard_ctrl_units", [])
    ),
    "fake controls": sorted(row[0] for row in getattr(bindings, "_CONTROLS", [])),
}))
"""


def surface(path: Path | None, folder: Path) -> dict:
    """Return what ``import uvc`` gives, with ``path`` first on the way or without it."""
    (folder / "cameras.json").write_text("[]")
    extra = {"PYTHONPATH": str(path)} if path else {"PYTHONPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", _SURFACE],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **extra, "FAKE_UVC": str(folder)},
    )
    if path is None and done.returncode:
        pytest.skip(f"pupil-labs-uvc is not usable here: {done.stderr.splitlines()[-1]}")
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uvc")
    real, fake = surface(None, folder), surface(FAKES, folder)
    assert real["file"] != fake["file"]
    return real, fake


@pytest.mark.parametrize(
    "aspect",
    ["version", "all", "bases", "texts", "get_frame", "timeout", "codes", "mode", "no camera"],
)
def test_the_fake_is_as_the_real_module(both, aspect):
    real, fake = both

    assert fake[aspect] == real[aspect]


@pytest.mark.parametrize("name", ["Capture", "Control", "MJPEGFrame", "Frame", "Device_List"])
def test_a_class_has_the_real_ones_public_names(both, name):
    real, fake = both

    assert fake["classes"][name] == real["classes"][name]


def test_functions_take_what_the_real_ones_take(both):
    real, fake = both

    plain = {name: text.replace(": 'str'", "") for name, text in fake["signatures"].items()}
    assert plain == real["signatures"]
    assert fake["inaccessible"] == real["inaccessible"]


def test_the_fakes_controls_are_among_the_real_ones(both):
    real, fake = both

    assert set(fake["fake controls"]) <= set(real["controls"])
