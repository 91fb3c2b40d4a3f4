"""The records of a zip file as bytes (PKWARE APPNOTE 6.3.10). Pure: it knows neither members nor readers.

Members are stored, their names UTF-8, their sizes in the local header and their CRC-32 in a data descriptor after
the data (4.3.9): so no byte depends on whether a checksum was known in time. Zip64 wherever a number needs it.
"""

import struct
from datetime import datetime

LIMIT_32 = 0xFFFFFFFF
LIMIT_16 = 0xFFFF
VERSION, VERSION_ZIP64 = 20, 45
UTF8_AND_DESCRIPTOR = 0x0808
REGULAR_FILE = 0o100644 << 16
UNIX = 3 << 8
LOCAL = struct.Struct("<4s5H3I2H")
ENTRY = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
END_ZIP64 = struct.Struct("<4sQ2H2I4Q")
LOCATOR = struct.Struct("<4sIQI")


def local_header(name: bytes, size: int, modified: datetime) -> bytes:
    """What stands before a member's data (4.3.7); its CRC-32 is left to the descriptor."""
    is_large = size >= LIMIT_32
    extra = struct.pack("<HHQQ", 1, 16, size, size) if is_large else b""
    version = VERSION_ZIP64 if is_large else VERSION
    size = min(size, LIMIT_32)
    clock, day = _dos_time(modified)
    fixed = LOCAL.pack(b"PK\x03\x04", version, UTF8_AND_DESCRIPTOR, 0, clock, day, 0, size, size, len(name), len(extra))
    return fixed + name + extra


def local_header_bytes(name_bytes: int, size: int) -> int:
    """The length of local_header()."""
    return LOCAL.size + name_bytes + (20 if size >= LIMIT_32 else 0)


def descriptor(size: int, crc: int) -> bytes:
    """What stands after a member's data (4.3.9)."""
    shape = "<4sIQQ" if size >= LIMIT_32 else "<4sIII"
    return struct.pack(shape, b"PK\x07\x08", crc, size, size)


def descriptor_bytes(size: int) -> int:
    """The length of descriptor()."""
    return 24 if size >= LIMIT_32 else 16


def directory_entry(name: bytes, size: int, offset: int, crc: int, modified: datetime) -> bytes:
    """A member's line in the central directory (4.3.12); offset is that of its local header."""
    large = [number for number in (size, size, offset) if number >= LIMIT_32]
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = VERSION_ZIP64 if large else VERSION
    size, offset = min(size, LIMIT_32), min(offset, LIMIT_32)
    clock, day = _dos_time(modified)
    fixed = ENTRY.pack(
        b"PK\x01\x02", UNIX | VERSION_ZIP64, version, UTF8_AND_DESCRIPTOR, 0, clock, day, crc, size, size,
        len(name), len(extra), 0, 0, 0, REGULAR_FILE, offset,
    )  # fmt: skip
    return fixed + name + extra


def directory_entry_bytes(name_bytes: int, size: int, offset: int) -> int:
    """The length of directory_entry()."""
    large = 2 * (size >= LIMIT_32) + (offset >= LIMIT_32)
    return ENTRY.size + name_bytes + (4 + 8 * large if large else 0)


def end(count: int, directory_bytes: int, directory_offset: int) -> bytes:
    """What stands at the very end (4.3.16), after its zip64 form and the locator of that where they are needed."""
    tail = b""
    if count >= LIMIT_16 or directory_offset >= LIMIT_32 or directory_bytes >= LIMIT_32:
        tail += END_ZIP64.pack(
            b"PK\x06\x06", 44, VERSION_ZIP64, VERSION_ZIP64, 0, 0, count, count, directory_bytes, directory_offset
        )
        tail += LOCATOR.pack(b"PK\x06\x07", 0, directory_offset + directory_bytes, 1)
    few = min(count, LIMIT_16)
    size, offset = min(directory_bytes, LIMIT_32), min(directory_offset, LIMIT_32)
    return tail + END.pack(b"PK\x05\x06", 0, 0, few, few, size, offset, 0)


def _dos_time(moment: datetime) -> tuple[int, int]:
    """Time and date as MS-DOS wrote them: two-second steps, from 1980 on."""
    year = min(max(moment.year, 1980), 2107)
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, (year - 1980) << 9 | moment.month << 5 | moment.day
