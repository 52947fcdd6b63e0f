"""What can go wrong, each with its facts and its remedy."""

from __future__ import annotations


class GazedError(Exception):
    """Something gazed can name."""


class MessageError(GazedError):
    """A message that is not a map with string keys, or lacks what its topic asks for."""


class RequestError(MessageError):
    """A request to start or stop a plugin that cannot be understood."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(problem)
        self.name = name


class UnknownPluginError(GazedError):
    """No installed package offers a plugin by this name."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f"no plugin named {name!r} is installed; known plugins: {', '.join(known)}"
        )
        self.name = name
        self.known = known


class BrokenPluginError(GazedError):
    """A plugin's package is installed but cannot be used."""

    def __init__(self, name: str, distribution: str, reason: str) -> None:
        super().__init__(f"{name} (from {distribution}) cannot be loaded: {reason}")
        self.name = name


class ArgumentError(GazedError):
    """A plugin was given an argument it does not have, or a value it cannot take."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"argument {argument!r}: {problem}")
        self.argument = argument


class PluginError(GazedError):
    """A plugin cannot do what it was started for; the text says why and what to do."""


class ConfigurationError(GazedError):
    """A configuration file cannot be used; the text names the file and the place in it."""


class NotRunningError(GazedError):
    """No daemon answers where one was looked for."""
