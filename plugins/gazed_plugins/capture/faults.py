"""What can be wrong with a camera: each kind with its sentence and its remedy."""

from __future__ import annotations

from typing import ClassVar

from gazed_plugins.capture.usb import UDEV_FILE, UDEV_RULE


class CameraFault(Exception):  # noqa: N818 - the camera is at fault, not the program
    """A camera cannot do what was asked of it.

    ``code`` is a stable word for programs, ``text`` a sentence that names the camera and
    what is wrong, ``remedy`` a sentence that says what to do. With ``by_hand`` the cause
    stays until somebody acts, so that it is looked for less often.
    """

    code: ClassVar[str] = "broken"
    sentence: ClassVar[str] = "{camera} does not work"
    remedy: str = "unplug the camera and plug it in again; if that does not help, try another port"
    by_hand: ClassVar[bool] = False

    def __init__(self, camera: str, detail: str = "", remedy: str = "") -> None:
        self.camera = camera
        self.text = self.sentence.format(camera=camera) + (f": {detail}" if detail else "")
        self.remedy = remedy or self.remedy
        super().__init__(f"{self.text}; {self.remedy}")


class NotFound(CameraFault):
    """No connected camera is the one that was asked for."""

    code = "not_found"
    sentence = "there is no {camera}"
    remedy = "plug the camera in, or choose one that `gazed cameras` lists"


class Ambiguous(CameraFault):
    """Several connected cameras are what was asked for."""

    code = "ambiguous"
    sentence = "more than one camera is {camera}"
    remedy = "say which by its port or serial, as `gazed cameras` lists them"
    by_hand = True


class Unplugged(CameraFault):
    """The camera is not on the bus any more."""

    code = "unplugged"
    sentence = "{camera} was unplugged"
    remedy = "plug it in again; if nobody unplugged it, look at the cable and the hub"


class Busy(CameraFault):
    """Another program has the camera."""

    code = "busy"
    sentence = "{camera} is in use by another program"
    remedy = "close the other program; `gazed cameras` says which one it is"
    by_hand = True


class NoRights(CameraFault):
    """The operating system does not let this user open the camera."""

    code = "no_rights"
    sentence = "this user may not open {camera}"
    remedy = (
        f"on Linux put the line {UDEV_RULE} into {UDEV_FILE}, run"
        " `sudo udevadm control --reload && sudo udevadm trigger`, and plug the camera in again;"
        " `gazed doctor` prints it; on macOS run as root"
    )
    by_hand = True


class NoBandwidth(CameraFault):
    """The USB bus has no room for this camera's pictures."""

    code = "no_bandwidth"
    sentence = "the USB bus has too little bandwidth left for {camera}"
    remedy = "plug the camera into a port of its own, not a shared hub, or ask for a lower mode"
    by_hand = True


class WrongMode(CameraFault):
    """The camera does not offer this size and rate."""

    code = "wrong_mode"
    sentence = "{camera} does not offer this size and rate"
    remedy = "ask for one of the modes that `gazed cameras` lists"
    by_hand = True


class Stalled(CameraFault):
    """The camera is there, but sends no pictures."""

    code = "stalled"
    sentence = "{camera} has stopped sending pictures"
    remedy = "it is opened anew by itself; if it recurs, use another cable or port"


class BadPicture(CameraFault):
    """A picture arrived incomplete or damaged."""

    code = "bad_picture"
    sentence = "{camera} sent a damaged picture"
    remedy = "if it recurs, use a shorter cable or a port without a hub"


class Blocked(CameraFault):
    """A call into the camera's driver does not return."""

    code = "blocked"
    sentence = "the driver of {camera} does not return"
    remedy = "the host is restarted by itself; if it recurs, unplug the camera and plug it in again"


class Broken(CameraFault):
    """The driver reports something that has no kind of its own."""
