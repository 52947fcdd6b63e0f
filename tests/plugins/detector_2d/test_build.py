"""What the build hook makes: a library where there is a compiler, a slow detector elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from gazed_plugins.build_native import SOURCES, CompileError, compile_source
from gazed_plugins.detector_2d import kernels
from gazed_plugins.detector_2d.compiled import SOURCE, CompiledKernel
from gazed_plugins.detector_2d.numeric import NumericKernel
from gazed_plugins.detector_3d.compiled import CompiledSolver

ROOT = Path(__file__).parents[3]
PACKAGE = "gazed_plugins/"
LIBRARIES = [PACKAGE + "detector_2d/_kernel.so", PACKAGE + "detector_3d/_eye_model.so"]
compiler = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
needs_compiler = pytest.mark.skipif(compiler is None, reason="no C compiler here")


def build(root, kind, target, **environment):
    """Let hatchling build a wheel or a source distribution, as pip does."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(
        command, cwd=root, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (made,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("source")
    with tarfile.open(build(ROOT, "sdist", folder)) as archive:
        archive.extractall(folder, filter="data")
    (root,) = (path for path in folder.iterdir() if path.is_dir())
    return root


def test_the_source_distribution_has_the_source_and_no_library(unpacked):
    folder = unpacked / "plugins/gazed_plugins"

    assert (folder / "detector_2d/kernel.c").read_bytes() == SOURCE.read_bytes()
    assert all((folder / source).exists() for source in SOURCES)
    assert (folder / "build_native.py").exists()
    assert (folder / "detector_2d/confidence.json").exists()
    assert not list(folder.rglob("*.so"))


@needs_compiler
def test_a_wheel_from_the_source_distribution_carries_the_library(unpacked, tmp_path):
    wheel = build(unpacked, "wheel", tmp_path)

    assert "-py3-none-" in wheel.name
    assert not wheel.name.endswith("-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        sources = {PACKAGE + source for source in SOURCES}
        assert {*LIBRARIES, *sources} <= set(archive.namelist())
        archive.extractall(tmp_path / "wheel", LIBRARIES)
    CompiledKernel(tmp_path / "wheel" / LIBRARIES[0])
    CompiledSolver(tmp_path / "wheel" / LIBRARIES[1])


def test_without_a_compiler_the_wheel_is_a_pure_one(unpacked, tmp_path):
    wheel = build(unpacked, "wheel", tmp_path, CC="false")

    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert not set(LIBRARIES) & set(archive.namelist())


def test_a_compiler_that_fails_leaves_no_older_library(tmp_path, monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler --at-all")
    library = tmp_path / "_kernel.so"
    library.write_text("of an older source")

    with pytest.raises(CompileError, match="no-such-compiler"):
        compile_source(SOURCE, library)

    assert list(tmp_path.iterdir()) == []


def test_a_wheel_leaves_the_checkout_as_it_is(unpacked, tmp_path):
    library = unpacked / "plugins" / LIBRARIES[0]
    library.write_bytes(b"of this checkout")
    before = {path: path.stat().st_mtime_ns for path in unpacked.rglob("*")}

    build(unpacked, "wheel", tmp_path)

    assert {path: path.stat().st_mtime_ns for path in unpacked.rglob("*")} == before
    library.unlink()


@needs_compiler
def test_a_foreign_library_is_not_used(tmp_path):
    source = tmp_path / "foreign.c"
    source.write_text("int foreign(void) { return 1; }")
    library = compile_source(source, tmp_path / "_kernel.so", flags="-fPIC -shared")

    with pytest.raises(OSError, match="another source"):
        CompiledKernel(library)


@pytest.mark.parametrize("content", [b"", b"no library", None])
def test_a_library_that_cannot_be_loaded_is_an_error_that_says_so(tmp_path, content):
    library = tmp_path / "_kernel.so"
    if content is not None:
        library.write_bytes(content)

    with pytest.raises(OSError, match=r"."):
        CompiledKernel(library)


@needs_compiler
def test_a_library_of_another_source_is_not_used(tmp_path):
    changed = tmp_path / "kernel.c"
    changed.write_text(SOURCE.read_text() + "\n")
    library = compile_source(changed, tmp_path / "_kernel.so", flags="-std=c99 -fPIC -shared")

    with pytest.raises(OSError, match="another source"):
        CompiledKernel(library)


def test_the_best_kernel_is_the_compiled_one_unless_there_is_a_reason(tmp_path):
    assert isinstance(kernels.best_kernel(tmp_path / "_kernel.so"), NumericKernel)
    assert "not compiled" in kernels.why_slow(tmp_path / "_kernel.so")
    if not kernels.why_slow():
        assert isinstance(kernels.best_kernel(), CompiledKernel)
