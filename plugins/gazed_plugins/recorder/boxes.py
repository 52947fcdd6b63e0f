"""The boxes of an MP4 file with one Motion JPEG track (ISO/IEC 14496-12 and -14).

Times count in units of 1/65535 s. Nothing here reads or writes a file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

TIME_BASE = 65535
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_MJPEG = 0x6C  # object type of ISO/IEC 10918-1 pictures, ISO/IEC 14496-1
_BITS_PER_SECOND = 150_000_000
_TRACK = 1


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return one box."""
    body = b"".join(parts)
    return _head(kind, len(body)) + body


def beginning(width: int, height: int) -> bytes:
    """Return what stands before the first fragment: type, a slot of 16 bytes, an empty index.

    While the slot is a ``free`` box the fragments are the film; ``slot`` makes it the head of
    one ``mdat`` box that hides them behind the index at the end.
    """
    return file_type() + box(b"free", bytes(8)) + _movie(width, height, [], [], [], fragmented=True)


def file_type() -> bytes:
    """Return the first box."""
    return box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2iso5mp41")


def slot(bytes_behind_type: int) -> bytes:
    """Return the 16 bytes that make everything up to the final index one ``mdat`` box."""
    return struct.pack(">I4sQ", 1, b"mdat", bytes_behind_type)


def fragment_head(number: int, pts: Sequence[int], jpegs: Sequence[bytes]) -> bytes:
    """Return what stands before the pictures of a fragment: their index, and a checksum of them."""
    crc = 0
    for jpeg in jpegs:
        crc = zlib.crc32(jpeg, crc)
    lengths = [len(jpeg) for jpeg in jpegs]
    return _fragment_head(number, pts, lengths, crc) + _head(b"mdat", sum(lengths))


def index(
    size: tuple[int, int],
    pts: Sequence[int],
    lengths: Sequence[int],
    chunks: Sequence[tuple[int, int]],
) -> bytes:
    """Return the final index: pts and length of each frame, offset and frames of each chunk."""
    return _movie(*size, pts, lengths, chunks, fragmented=False)


def _head(kind: bytes, length: int) -> bytes:
    return struct.pack(">I4s", 8 + length, kind)


def _fragment_head(number: int, pts: Sequence[int], lengths: Sequence[int], crc: int) -> bytes:
    durations = _durations(pts)
    entries = b"".join(struct.pack(">II", *entry) for entry in zip(durations, lengths, strict=True))

    def head(offset: int) -> bytes:
        # Flags: offsets count from this box; offset, and duration and size of each frame follow.
        run = _full(b"trun", 0x301, struct.pack(">Ii", len(lengths), offset), entries)
        track = box(
            b"traf",
            _full(b"tfhd", 0x020000, struct.pack(">I", _TRACK)),
            _full(b"tfdt", 0, struct.pack(">Q", pts[0]), version=1),
            run,
        )
        checksum = box(b"free", struct.pack(">I", crc))
        return box(b"moof", _full(b"mfhd", 0, struct.pack(">I", number)), track, checksum)

    return head(len(head(0)) + 8)


def _movie(
    width: int,
    height: int,
    pts: Sequence[int],
    lengths: Sequence[int],
    chunks: Sequence[tuple[int, int]],
    *,
    fragmented: bool,
) -> bytes:
    durations = _durations(pts)
    media = sum(durations)
    start = pts[0] if pts else 0
    tables = [
        _full(b"stts", 0, *_table(_runs(durations), ">II")),
        _full(b"stsc", 0, *_table(_chunk_runs(chunks), ">III")),
        _full(b"stsz", 0, struct.pack(">II", 0, len(lengths)), _numbers(lengths, "I")),
        _full(b"co64", 0, struct.pack(">I", len(chunks)), _numbers([at for at, _ in chunks], "Q")),
    ]
    track = box(
        b"trak",
        _track_head(width, height, start + media),
        *([_edits(start, media)] if start else []),
        box(
            b"mdia",
            _full(b"mdhd", 0, struct.pack(">QQIQI", 0, 0, TIME_BASE, media, 0x55C40000), version=1),
            _full(b"hdlr", 0, struct.pack(">I4s12x", 0, b"vide"), b"eye\0"),
            box(
                b"minf",
                _full(b"vmhd", 1, bytes(8)),
                box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1))),
                box(
                    b"stbl",
                    _full(b"stsd", 0, struct.pack(">I", 1), _sample(width, height)),
                    *tables,
                ),
            ),
        ),
    )
    extends = box(b"mvex", _full(b"trex", 0, struct.pack(">5I", _TRACK, 1, 0, 0, 0)))
    return box(b"moov", _movie_head(start + media), track, extends if fragmented else b"")


def _movie_head(duration: int) -> bytes:
    times = struct.pack(">QQIQ", 0, 0, TIME_BASE, duration)
    rates = struct.pack(">IH10x", 0x10000, 0x100)
    return _full(b"mvhd", 0, times, rates, _MATRIX, bytes(24), struct.pack(">I", 2), version=1)


def _track_head(width: int, height: int, duration: int) -> bytes:
    times = struct.pack(">QQIIQ", 0, 0, _TRACK, 0, duration)
    size = struct.pack(">II", width << 16, height << 16)
    return _full(b"tkhd", 3, times, bytes(16), _MATRIX, size, version=1)


def _edits(start: int, media: int) -> bytes:
    # The first frame is later than zero: an empty stretch, then the film from its beginning.
    empty = struct.pack(">QqI", start, -1, 0x10000)
    film = struct.pack(">QqI", media, 0, 0x10000)
    return box(b"edts", _full(b"elst", 0, struct.pack(">I", 2), empty, film, version=1))


def _sample(width: int, height: int) -> bytes:
    rate = struct.pack(">I", _BITS_PER_SECOND)
    decoder = _descriptor(4, struct.pack(">BB3x", _MJPEG, 0x11), rate, rate)
    stream = _descriptor(3, struct.pack(">HB", _TRACK, 0), decoder, _descriptor(6, b"\x02"))
    return box(
        b"mp4v",
        struct.pack(">6xH16x", 1),
        struct.pack(">HHIIIH32xHh", width, height, 0x480000, 0x480000, 0, 1, 24, -1),
        _full(b"esds", 0, stream),
    )


def _descriptor(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes((tag, len(body))) + body


def _full(kind: bytes, flags: int, *parts: bytes, version: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def _durations(pts: Sequence[int]) -> list[int]:
    """Return how long each frame shows: until the next; the last as long as the one before."""
    between = [later - earlier for earlier, later in pairwise(pts)]
    return [*between, between[-1] if between else 1] if pts else []


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    return [(len(list(same)), value) for value, same in groupby(values)]


def _chunk_runs(chunks: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    first = 1
    for frames, same in groupby(frames for _, frames in chunks):
        yield first, frames, 1
        first += len(list(same))


def _table(rows: Sequence[tuple[int, ...]] | Iterator[tuple[int, ...]], form: str) -> list[bytes]:
    packed = [struct.pack(form, *row) for row in rows]
    return [struct.pack(">I", len(packed)), *packed]


def _numbers(values: Sequence[int], form: str) -> bytes:
    return struct.pack(f">{len(values)}{form}", *values)
