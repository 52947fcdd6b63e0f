"""How a new host comes to see everything sent after its start, once and in order.

The bus has one order, the same for all. A new host ignores everything until it sees its
own ``host.ready`` come back; the kernel, at that same place in the order, re-sends what
came before (``host_catch_up``); the host queues what comes after until it has that.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Sequence

from gazed.bus import Bus
from gazed.errors import GazedError, MessageError
from gazed.notification import PREFIX
from gazed.wire import pack, unpack

CATCH_UP = "host_catch_up."
_PROBE = "host_probe."
_PATIENCE = 10.0
_PROBE_SECONDS = 0.02

Message = Sequence[bytes]


def catch_up_message(host: str, messages: Sequence[Message]) -> list[bytes]:
    """Return the one message that carries all ``messages`` to a host."""
    lengths = [len(message) for message in messages]
    frames = [frame for message in messages for frame in message]
    return [(CATCH_UP + host).encode(), pack({"lengths": lengths}), *frames]


def join(bus: Bus, host: str, answer_lifeline: Callable[[], bool]) -> list[Message]:
    """Take this host's place on the bus; return the notifications to begin with.

    ``answer_lifeline`` tells whether to go on. Raises GazedError when the bus stays silent.
    """
    probe = f"{_PROBE}{host}.{os.getpid()}"
    for topic in (PREFIX, CATCH_UP + host, probe):
        bus.control.subscribe(topic)
    _wait_for_echo(bus, probe.encode(), answer_lifeline)
    bus.control.unsubscribe(probe)
    bus.hear_all_wishes()
    bus.notify("host.ready", {"host": host, "pid": os.getpid()})
    return _collected(bus, host)


def _wait_for_echo(bus: Bus, probe: bytes, answer_lifeline: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    again = 0.0
    while (now := time.monotonic()) < end and answer_lifeline():
        if now >= again:
            bus.send([probe, pack({})])
            again = now + _PROBE_SECONDS
        if (
            bus.control.poll(int(_PROBE_SECONDS * 1000))
            and bus.control.recv_multipart()[0] == probe
        ):
            return
    raise GazedError("the bus does not answer")


def _collected(bus: Bus, host: str) -> list[Message]:
    ready = (PREFIX + "host.ready").encode()
    catch_up = (CATCH_UP + host).encode()
    seen_ready = False
    after: list[Message] = []
    while bus.control.poll(int(_PATIENCE * 1000)):
        message = bus.control.recv_multipart()
        before = _split(message) if seen_ready and message[0] == catch_up else None
        if before is not None:
            return [*before, *after]
        if seen_ready:
            after.append(message)
        seen_ready = seen_ready or (message[0] == ready and _is_mine(message))
    raise GazedError("the kernel does not answer")


def _is_mine(message: Message) -> bool:
    try:
        return len(message) > 1 and unpack(message[1]).get("pid") == os.getpid()
    except MessageError:
        return False


def _split(message: Message) -> list[Message] | None:
    """Return the messages within a catch-up; None when it is malformed, and so not the kernel's."""
    try:
        lengths = unpack(message[1])["lengths"] if len(message) > 1 else None
    except (MessageError, KeyError):
        return None
    frames = list(message[2:])
    if not isinstance(lengths, list) or not all(isinstance(length, int) for length in lengths):
        return None
    if sum(lengths) != len(frames) or min(lengths, default=1) < 1:
        return None
    ends = list(itertools.accumulate(lengths))
    return [frames[end - length : end] for end, length in zip(ends, lengths, strict=True)]
