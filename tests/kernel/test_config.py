"""The configuration file: what is read, and what is said about a wrong one."""

from __future__ import annotations

import pytest

from gazed import ConfigurationError
from gazed.config import DEFAULT, Entry, read, with_port


def test_the_default_configuration_starts_pupil_remote_first_and_requires_it():
    entries = read(DEFAULT)

    assert (entries[0].name, entries[0].required) == ("Pupil_Remote", True)


def test_the_port_option_moves_pupil_remote():
    entries = with_port([Entry("Pupil_Remote", {"format": "gray"}), Entry("Gaze")], 5)

    assert entries == [Entry("Pupil_Remote", {"format": "gray", "port": 5}), Entry("Gaze")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("= 5", "is not TOML"),
        ("[start_plugin]\nname = 'x'", "double brackets"),
        ("[[start_plugin]]\nargs = {}", "has no name"),
        ("[[start_plugin]]\nname = 'x'\nargs = 5", "args is 5, not dict"),
        ("[[start_plugin]]\nname = 'x'\nport = 5", "'port' is not one of"),
        ("[kernel]\nport = 5", "only [[start_plugin]] tables"),
    ],
)
def test_a_wrong_file_is_named_with_the_place_in_it(tmp_path, text, said):
    path = tmp_path / "gazed.toml"
    path.write_text(text)

    with pytest.raises(ConfigurationError) as error:
        read(path)

    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml"):
        read(tmp_path / "nowhere.toml")
