"""The pieces of a ZIP as one file that can be read anywhere: nothing is put together on a disk.

A step of the worker reads the list of files at the end and the pieces with the files it brings in, not
all of 20 GB.
"""

import bisect
import io
from collections import OrderedDict

from uploads import files

from .old_source import cut_off

IN_MEMORY = 2  # pieces of at most 8 MiB


class Pieces(io.RawIOBase):
    """Read-only. `keys`: in storage, named by the offset at which each begins; `size` bytes in all.

    Raises `BadSource` where a piece is missing, is there twice, or is not as long as it has to be (a
    process died between storing a piece and being told that another one was taken).
    """

    def __init__(self, keys: list[str], size: int) -> None:
        self.keys, self.size, self.place = sorted(keys), size, 0
        self.starts = [int(key.rsplit("/", 1)[-1].partition("-")[0]) for key in self.keys]
        if self.starts[:1] != [0] or len(set(self.starts)) != len(self.starts):
            raise cut_off()
        self.held: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("before the beginning")
        self.place = base + offset
        return self.place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fills the buffer from one piece, so it may read less than asked for."""
        if self.place >= self.size:
            return 0
        number = bisect.bisect_right(self.starts, self.place) - 1
        begin = self.place - self.starts[number]
        part = self.piece(number)[begin : begin + len(buffer)]
        buffer[: len(part)] = part
        self.place += len(part)
        return len(part)

    def piece(self, number: int) -> bytes:
        """A piece's bytes, the last few kept."""
        if number in self.held:
            self.held.move_to_end(number)
            return self.held[number]
        end = self.starts[number + 1] if number + 1 < len(self.starts) else self.size
        wanted = end - self.starts[number]
        with files.open_stored(self.keys[number]) as source:
            found = source.read(wanted + 1)
        if len(found) != wanted:
            raise cut_off()
        self.held[number] = found
        while len(self.held) > IN_MEMORY:
            self.held.popitem(last=False)
        return found


def whole(prefix: str, size: int) -> io.BufferedReader:
    """The ZIP whose pieces are stored below the prefix. Raises `BadSource`."""
    return io.BufferedReader(Pieces(files.keys_below(prefix), size), 256 * 1024)
