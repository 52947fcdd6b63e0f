"""The C kernel under sanitizers: whatever it is given, it stays within its memory."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gazed_plugins.detector_2d.compiled import SOURCE

DRIVER = Path(__file__).with_name("fuzz.c")
ROUNDS = 150


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory):
    """The driver, compiled with the kernel under the address and the undefined sanitizer."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        pytest.skip("no C compiler here")
    program = tmp_path_factory.mktemp("fuzz") / "fuzz"
    sanitizers = "-fsanitize=address,undefined,float-cast-overflow"
    flags = ["-std=c99", "-O1", "-g", sanitizers, "-fno-sanitize-recover=all"]
    command = [compiler, *flags, f'-DKERNEL="{SOURCE}"', "-o", program, DRIVER, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the compiler has no sanitizers: {done.stderr.splitlines()[-1]}")
    return program


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_pictures_sizes_strides_and_parameters_do_no_harm(fuzz, seed):
    done = subprocess.run(
        [fuzz, str(seed), str(ROUNDS)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr
