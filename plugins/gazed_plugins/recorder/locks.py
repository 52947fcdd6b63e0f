"""Who writes a file holds a lock on it, which ends with the process however that ends."""

from __future__ import annotations

import sys
from io import RawIOBase

if sys.platform == "win32":
    import msvcrt

    _FAR = 2**62  # the lock keeps others from reading these bytes, so there must be none

    def hold(file: RawIOBase) -> bool:
        """Take the lock on an open file, until it is closed; False when another has it."""
        position = file.tell()
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(position)
        return True

else:
    import fcntl

    def hold(file: RawIOBase) -> bool:
        """Take the lock on an open file, until it is closed; False when another has it."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
