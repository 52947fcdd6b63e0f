"""What must hold of the project as a whole: hooks documented, examples true, names kept."""

from __future__ import annotations

import importlib.metadata as metadata
import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gazed import config, hooks
from gazed.calls import hook_names
from gazed.registry import GROUPS, Registry, load

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "plugin_guide.md"
NAMES_ON_THE_WIRE = [
    "Pupil_Remote",
    "NetworkApiPlugin",
    "HMD_Calibration",
    "HMD_Calibration_3D",
    "HMD3DChoreographyPlugin",
    "Blink_Detection",
    "Fixation_Detector",
    "Annotation_Capture",
    "Frame_Publisher",
    "Gazer2D",
    "File_Source",
    "Detector2DPlugin",
]


@pytest.mark.parametrize("hook", hook_names())
def test_every_hook_is_documented_with_its_arguments(hook):
    arguments = ", ".join(inspect.signature(getattr(hooks, hook)).parameters)

    assert f"`{hook}({arguments})`" in GUIDE.read_text()


def test_the_hooks_are_those_of_the_design_and_the_one_that_refines_gaze():
    assert hook_names() == [
        "on_notification",
        "tick",
        "read_frame",
        "on_frame",
        "detect_pupil",
        "on_pupil",
        "map_gaze",
        "refine_gaze",
        "on_gaze",
    ]


@pytest.mark.parametrize("offer", Registry().offers(), ids=lambda offer: offer.name)
def test_every_plugin_loads_and_says_what_it_is_for(offer):
    assert inspect.getdoc(load(offer))


@pytest.mark.parametrize("name", NAMES_ON_THE_WIRE)
def test_a_name_that_clients_send_is_known(name):
    assert Registry().find(name).name == name


def test_the_default_configuration_names_installed_plugins():
    for entry in config.read(config.DEFAULT):
        Registry().find(entry.name)


def test_every_entry_point_of_ours_leads_into_the_bundled_plugins():
    entries = [entry for group in GROUPS for entry in metadata.entry_points(group=group)]

    assert {entry.module.partition(".")[0] for entry in entries} == {"gazed_plugins"}


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda p: p.name
)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.name)
def test_toml_in_the_documentation_is_toml(page):
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL):
        tomllib.loads(block)


def test_the_plugin_in_the_guide_is_the_example_package():
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1]
    example = ROOT / "examples" / "my_plugin" / "src" / "gazed_slow_camera" / "__init__.py"

    assert example.read_text().endswith(code)


def test_the_example_package_passes_its_own_test():
    example = ROOT / "examples" / "my_plugin"

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=example,
        env={**os.environ, "PYTHONPATH": str(example / "src")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_no_page_names_a_hook_or_a_command_that_does_not_exist():
    commands = {entry.name for entry in metadata.entry_points(group="gazed.commands")} | {"run"}
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        named = set(re.findall(r"^\$ gazed (\w+)", page.read_text(), re.MULTILINE))
        assert named <= commands, page
