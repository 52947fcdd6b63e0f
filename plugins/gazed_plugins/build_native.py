"""Build hook: compile the C files where there is a compiler."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sysconfig
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = Path("plugins/gazed_plugins")
SOURCES = {
    "detector_2d/kernel.c": "the 2D detector",
    "detector_3d/eye_model.c": "the eye model",
}
"""The C files below the package, and what is slow without them."""

FLAGS = (
    "-std=c99 -O3 -fPIC -shared -fvisibility=hidden "
    "-ffp-contract=off -fno-math-errno -fno-trapping-math"
)


class CompileError(Exception):
    """A C file could not be compiled."""


class NativeHook(BuildHookInterface[Any]):
    """Puts each library beside its source; where all of that fails the wheel is a pure one.

    Only an editable installation changes the checkout, which may be read-only for a wheel.
    """

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tag the wheel for this platform if that succeeded."""
        self._folder = TemporaryDirectory()
        for name, what in SOURCES.items():
            source = Path(self.root) / PACKAGE / name
            place = source.with_name(f"_{source.stem}.so")
            target = place if version == "editable" else Path(self._folder.name, place.name)
            try:
                library = compile_source(source, target)
            except CompileError as error:
                self.app.display_warning(f"{what} will be slow: {error}")
                continue
            if version != "editable":
                platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
                build_data.update(pure_python=False, tag=f"py3-none-{platform}")
                inside = place.relative_to(Path(self.root) / PACKAGE.parent).as_posix()
                build_data["force_include"][str(library)] = inside

    def finalize(self, *_: Any, **__: Any) -> None:
        """Take away what the wheel has a copy of."""
        self._folder.cleanup()


def compile_source(source: Path, library: Path, flags: str = FLAGS) -> Path:
    """Return ``library``, compiled from ``source``; raise CompileError when that fails.

    The compiler is $CC, else cc, gcc, clang or cl, the first that is there. A library in use
    is replaced, never written into; the one of an older source does not stay.
    """
    fresh = library.with_suffix(f".{os.getpid()}")
    try:
        command = _command(_compiler(), flags, source, fresh)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0 and fresh.exists():
            return fresh.replace(library)
        problem = f"{command[0]} failed: {done.stderr or done.stdout}"
    except OSError as error:
        problem = f"no C compiler: {error}"
    finally:
        fresh.unlink(missing_ok=True)
    with suppress(OSError):  # one that cannot be taken away is refused when it is loaded
        library.unlink()
    raise CompileError(problem)


def _compiler() -> list[str]:
    if given := os.environ.get("CC"):
        return shlex.split(given)
    found = (shutil.which(name) for name in ("cc", "gcc", "clang", "cl"))
    return [next(filter(None, found), "cc")]


def _command(compiler: list[str], flags: str, source: Path, target: Path) -> list[str]:
    stamp = f"GAZED_SOURCE={zlib.crc32(source.read_bytes())}u"
    if Path(compiler[0]).stem == "cl":
        return [*compiler, "/nologo", "/O2", "/LD", f"/D{stamp}", str(source), f"/Fe:{target}"]
    return [*compiler, *flags.split(), f"-D{stamp}", "-o", str(target), str(source), "-lm"]
