"""The example that wraps ``pupil-detectors``, where that is installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "pupil_labs_detector"
INSTALLED = importlib.util.find_spec("pupil_detectors") is not None


@pytest.mark.skipif(not INSTALLED, reason="pupil-detectors is not installed")
def test_the_example_passes_its_own_tests():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=EXAMPLE,
        env={**os.environ, "PYTHONPATH": str(EXAMPLE / "src")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


@pytest.fixture
def installed(packages, monkeypatch):
    """The example as pip would install it, with or without what it needs."""
    info = packages / "gazed_pupil_labs_detector-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: gazed-pupil-labs-detector\nVersion: 1.0\n"
    )
    (info / "entry_points.txt").write_text(
        "[gazed.eye]\nPupil_Labs_2D = gazed_pupil_labs_detector:PupilLabs2D\n"
    )
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.syspath_prepend(str(EXAMPLE / "src"))


@pytest.mark.skipif(not INSTALLED, reason="pupil-detectors is not installed")
@pytest.mark.usefixtures("installed")
def test_bench_compares_it_with_ours(figures):
    found = figures(
        *("--simulated", "easy", "--people", "1"),
        *("--detector", "Detector_2D", "--detector", "Pupil_Labs_2D"),
    )

    rates = {
        entry["detector"]: entry["scores"]["within_5_px"]
        for entry in found["results"]
        if entry["mode"] == "track"
    }
    assert rates["Pupil_Labs_2D"] > 0.9
    assert rates["Detector_2D"] >= rates["Pupil_Labs_2D"]


@pytest.mark.skipif(INSTALLED, reason="pupil-detectors is installed")
@pytest.mark.usefixtures("installed")
def test_without_the_package_bench_says_what_to_install(bench):
    done = bench("detect", "--simulated", "easy", "--detector", "Pupil_Labs_2D")

    assert done.exit_code == 1
    assert "pip install pupil_detectors" in " ".join(done.stdout.split())
