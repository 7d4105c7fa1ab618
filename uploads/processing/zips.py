"""Zip packages: the directory is checked before anything is unpacked, then members are read in a stream."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from uploads.processing.errors import Refused
from uploads.processing.limits import MIB, Limits

CHUNK = 64 * 1024
_EOCD = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_LOCAL = struct.Struct("<4s5H3L2H")
_DIRECTORY_LIMIT = 16 * MIB


class Package:
    """A zip file whose directory was checked. Use as a context manager; members stream with limits counted."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.size = path.stat().st_size
        self._unpacked = 0
        self.has_folders = False
        self._file: BinaryIO = path.open("rb")
        try:
            _check_end(self._file, self.size, limits)
            self._zip = zipfile.ZipFile(self._file)
        except Refused:
            self._file.close()
            raise
        except Exception as error:  # every parser error of a hostile directory means the same
            self._file.close()
            raise Refused("zip_damaged") from error
        try:
            self.members = self._check_members()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    def _check_members(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if not infos:
            raise Refused("zip_damaged")
        if len(infos) > self.limits.zip_entries:
            raise Refused("zip_too_many", limit=self.limits.zip_entries)
        seen: set[str] = set()
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            _check_entry(info)
            key = unicodedata.normalize("NFC", info.filename).casefold()
            if key in seen:
                raise Refused("zip_duplicate")
            seen.add(key)
            if info.is_dir():
                self.has_folders = True
            else:
                members[info.filename] = info
        self._check_layout(infos)
        if sum(info.file_size for info in infos) > self.limits.zip_unpacked:
            raise Refused("zip_too_large", limit_mb=self.limits.zip_unpacked // MIB)
        return members

    def _check_layout(self, infos: list[zipfile.ZipInfo]) -> None:
        """Local headers agree with the directory and no two members share bytes."""
        self._starts: dict[str, int] = {}
        end = 0
        for info in sorted(infos, key=lambda i: i.header_offset):
            if info.header_offset < end:
                raise Refused("zip_overlap")
            start = self._local(info)
            self._starts[info.filename] = start
            end = start + info.compress_size
            if end > self._zip.start_dir:
                raise Refused("zip_overlap")

    def _local(self, info: zipfile.ZipInfo) -> int:
        self._file.seek(info.header_offset)
        raw = self._file.read(_LOCAL.size)
        if len(raw) < _LOCAL.size:
            raise Refused("zip_damaged")
        fields = _LOCAL.unpack(raw)
        if fields[0] != b"PK\x03\x04":
            raise Refused("zip_damaged")
        flags, packed, unpacked, name_length, extra_length = (
            fields[2], fields[7], fields[8], fields[9], fields[10],
        )  # fmt: skip
        if flags & 0x1:
            raise Refused("zip_encrypted")
        name = self._file.read(name_length)
        encoding = "utf-8" if flags & 0x800 else "cp437"
        if name.decode(encoding, "replace").replace("\\", "/") != info.orig_filename.replace(
            "\\", "/"
        ):
            raise Refused("zip_damaged")
        if not flags & 0x8 and packed != 0xFFFFFFFF:
            if unpacked != info.file_size or packed != info.compress_size:
                raise Refused("zip_lying_size")
        return info.header_offset + _LOCAL.size + name_length + extra_length

    def chunks(self, name: str) -> Iterator[bytes]:
        """The unpacked bytes of a member, counted as they come: true size, total, ratio and checksum.

        Raises:
            Refused: zip_lying_size, zip_too_large, zip_ratio, zip_damaged, zip_method.
        """
        info = self.members[name]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("zip_method")
        count, checksum = 0, 0
        for chunk in self._inflate(info):
            count += len(chunk)
            self._unpacked += len(chunk)
            if count > info.file_size:
                raise Refused("zip_lying_size")
            if self._unpacked > self.limits.zip_unpacked:
                raise Refused("zip_too_large", limit_mb=self.limits.zip_unpacked // MIB)
            if self._unpacked > self.limits.zip_ratio_from and (
                self._unpacked > self.size * self.limits.zip_ratio
            ):
                raise Refused("zip_ratio")
            checksum = zlib.crc32(chunk, checksum)
            yield chunk
        if count != info.file_size:
            raise Refused("zip_lying_size")
        if checksum != info.CRC:
            raise Refused("zip_damaged")

    def _inflate(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        left = info.compress_size
        position = self._starts[info.filename]
        stored = info.compress_type == zipfile.ZIP_STORED
        inflater = zlib.decompressobj(-15)
        while left:
            self._file.seek(position)
            raw = self._file.read(min(CHUNK, left))
            if not raw:
                raise Refused("zip_damaged")
            position += len(raw)
            left -= len(raw)
            if stored:
                yield raw
                continue
            while raw and not inflater.eof:
                try:
                    out = inflater.decompress(raw, CHUNK * 4)
                except zlib.error as error:
                    raise Refused("zip_damaged") from error
                raw = inflater.unconsumed_tail
                if out:
                    yield out
        if not stored:
            if info.compress_size and not inflater.eof:
                raise Refused("zip_damaged")

    def read(self, name: str, limit: int) -> bytes:
        """A whole member; more than ``limit`` bytes is xml_too_large."""
        if self.members[name].file_size > limit:
            raise Refused("xml_too_large", part=name)
        return b"".join(self.chunks(name))


def _check_end(file: BinaryIO, size: int, limits: Limits) -> None:
    """The end record is there and neither the count nor the directory is absurd."""
    head = file.read(4)
    if head != b"PK\x03\x04":
        raise Refused("zip_damaged")
    span = min(size, 66_000)
    file.seek(size - span)
    tail = file.read(span)
    at = tail.rfind(_EOCD)
    if at < 0 or len(tail) - at < 22:
        raise Refused("zip_damaged")
    count, directory = (
        struct.unpack("<H", tail[at + 10 : at + 12])[0],
        struct.unpack("<L", tail[at + 12 : at + 16])[0],
    )
    if at >= 20 and tail[at - 20 : at - 16] == _ZIP64_LOCATOR:
        (position,) = struct.unpack("<Q", tail[at - 12 : at - 4])
        if position + 56 > size:
            raise Refused("zip_damaged")
        file.seek(position)
        record = file.read(56)
        if record[:4] != b"PK\x06\x06":
            raise Refused("zip_damaged")
        count, directory = struct.unpack("<QQ", record[32:48])
    if count > limits.zip_entries:
        raise Refused("zip_too_many", limit=limits.zip_entries)
    if directory > _DIRECTORY_LIMIT:
        raise Refused("zip_damaged")


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    if info.flag_bits & 0x1:
        raise Refused("zip_encrypted")
    if "\x00" in name or "\\" in name or name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise Refused("zip_path")
    if any(part in ("..", ".") for part in name.split("/")):
        raise Refused("zip_path")
    mode = info.external_attr >> 16
    if info.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused("zip_symlink")
