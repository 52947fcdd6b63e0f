"""Seeing to it that somebody acts on each request for a plugin, or that it is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable

from gazed.context import eye_of
from gazed.errors import MessageError, RequestError, UnknownPluginError
from gazed.joining import Message
from gazed.notification import Notification
from gazed.registry import EYE, Offer, Registry
from gazed.requests import PluginRequest, plugin_request
from gazed.supervisor import MOST_HOSTS, Supervisor
from gazed.waiting_room import WaitingRoom

log = logging.getLogger("gazed.routing")

_NO_EYE = "no eye runs; start one with eye_process.should_start"


class Router:
    """Spawns the hosts that requests need.

    Hosts act on requests themselves; those that do not run yet get them when they have
    joined. ``refuse`` is called with the plugin's name and the reason when nobody will act.
    """

    def __init__(self, supervisor: Supervisor, refuse: Callable[[str, str], None]) -> None:
        self._registry = Registry()
        self._supervisor = supervisor
        self._refuse = refuse
        self._eyeless = WaitingRoom()

    def route(self, notification: Notification, message: Message) -> bool:
        """Deal with a request for a plugin; False when the notification is none."""
        try:
            request = plugin_request(notification)
        except MessageError as error:
            log.error("%s", error)
            self._refuse(error.name if isinstance(error, RequestError) else "", str(error))
            return True
        if request and request.starts:
            self._start(request, message)
        return request is not None

    def refuse_disappointed(self) -> None:
        """Refuse the requests for eyes that have not come."""
        for name in self._eyeless.disappointed():
            self._refuse(name, _NO_EYE)

    def _start(self, request: PluginRequest, message: Message) -> None:
        if self._registry.ignores(request.name):
            log.info("%s has nothing to do here; ignored", request.name)
            return
        try:
            offer = self._registry.find(request.name)
        except UnknownPluginError as error:
            log.error("Attempt to load unknown plugin: '%s'; %s", request.name, error)
            self._refuse(request.name, str(error))
            return
        hosts = self._hosts_for(request, offer)
        if not hosts and not self._eyeless.add(request.name, message):
            self._refuse(request.name, _NO_EYE)
        for host in hosts:
            self._need(host, request.name, message)

    def _hosts_for(self, request: PluginRequest, offer: Offer) -> tuple[str, ...]:
        if offer.group == EYE and request.host is None:
            return tuple(host for host in offer.hosts if host in self._supervisor.hosts)
        return request.hosts(offer)

    def _need(self, host: str, name: str, message: Message) -> None:
        is_new = host not in self._supervisor.hosts
        if not self._supervisor.need(host, name, message):
            self._refuse(name, f"{MOST_HOSTS} hosts run already; stop a plugin first")
        elif is_new and eye_of(host) is not None:
            for waiting, request in self._eyeless.for_host(host):
                self._supervisor.observe_late(host, request)
                self._supervisor.need(host, waiting, request)
