"""What the page about recordings says is true."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import gazed
from gazed_plugins.recordings.table import table_of

PAGE = Path(__file__).parents[3] / "docs" / "recordings.md"


def test_the_code_runs_from_top_to_bottom(made, tmp_path):
    shutil.copytree(made.path, tmp_path / "recordings" / "2026_11_22" / "000")
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL))

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2026_11_22 1.5 ('annotation', 'blinks',")
    assert "45 ('pupil.0.3d',)" in done.stdout
    assert "10 100.3433" in done.stdout


def test_every_column_is_named(made):
    page = PAGE.read_text()
    recording = gazed.open_recording(made.path)

    for key in ("pupil", "gaze", "blinks", "fixations"):
        table = table_of(recording.data(key))
        (row,) = re.findall(rf"^\| `{table.name}` \|.*$", page, re.MULTILINE)
        named = re.findall(r"`([a-z_0-9]+…?)`", row)
        beginnings = tuple(name.removesuffix("…") for name in named)
        assert [column for column in table.kinds if not column.startswith(beginnings)] == []
