"""The commands that steer a running service."""

from gazed_plugins.commands.daemon import asked, local_client, newest_daemon

__all__ = ["asked", "local_client", "newest_daemon"]
