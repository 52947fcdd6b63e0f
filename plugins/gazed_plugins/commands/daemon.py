"""Finding the daemon that a command is about, and asking it."""

from __future__ import annotations

from gazed import Client, Connection, Fields, NotRunningError, running_daemons


def newest_daemon() -> Connection:
    """Return the daemon of this user that was started last; raise NotRunningError."""
    daemons = running_daemons()
    if not daemons:
        raise NotRunningError("gazed does not run; start it with: gazed run")
    return daemons[0]


def local_client() -> Client:
    """Return a client on that daemon's bus."""
    return Client.local(newest_daemon())


def asked(client: Client, question: str, answer: str) -> Fields:
    """Send one notification and return the fields of the one that answers it."""
    client.subscribe(f"notify.{answer}")
    client.notify(question)
    return client.wait_for(answer)
