"""Ethernet frames by the thousand, as rows of an array of bytes, with right checksums."""

import ipaddress
import struct
from dataclasses import dataclass, field

import numpy as np

TCP, UDP = 6, 17
SYN, ACK, PSH = 2, 16, 8
IP, L4 = 14, 34  # where the headers begin
PAYLOAD = L4 + 8  # of a datagram
SMALLEST = 60  # bytes of a frame without its checksum


def address(text: str) -> int:
    return int(ipaddress.IPv4Address(text))


def mac(text: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(text.replace(":", "")), np.uint8)


def column(values, kind: str, count: int) -> np.ndarray:
    """Values, one for each frame or one for all, as bytes in network order."""
    wide = np.broadcast_to(np.asarray(values), count).astype(kind)
    return np.frombuffer(wide.tobytes(), np.uint8).reshape(count, -1)


def checksum(rows: np.ndarray, extra=0) -> np.ndarray:
    """The internet checksum of each row (RFC 1071); `extra` is added before it is folded."""
    padded = rows if rows.shape[1] % 2 == 0 else np.pad(rows, ((0, 0), (0, 1)))
    words = np.ascontiguousarray(padded).view(">u2")
    total = words.sum(axis=1, dtype=np.uint64) + np.asarray(extra, np.uint64)
    for _ in range(3):
        total = (total & 0xFFFF) + (total >> np.uint64(16))
    return (~total & 0xFFFF).astype(np.uint32)


@dataclass
class Segments:
    """TCP segments or UDP datagrams. Each field is a number for all of them, or an array."""

    source_mac: np.ndarray  # of 6 bytes, or a row for each frame
    target_mac: np.ndarray
    source: np.ndarray
    target: np.ndarray
    source_port: np.ndarray
    target_port: np.ndarray
    protocol: int = TCP
    flags: int = ACK | PSH
    sequence: np.ndarray = field(default_factory=lambda: np.uint32(0))
    acknowledged: np.ndarray = field(default_factory=lambda: np.uint32(0))
    time_to_live: int = 64
    length: int = SMALLEST  # bytes of each frame
    payload: np.ndarray | None = (
        None  # of datagrams, a row for each frame: then it gives the length
    )

    def rows(self) -> np.ndarray:
        count = len(np.atleast_1d(self.source_port))
        if self.payload is not None:
            self.length = PAYLOAD + self.payload.shape[1]
        rows = np.zeros((count, self.length), np.uint8)
        if self.payload is not None:
            rows[:, PAYLOAD:] = self.payload
        rows[:, 0:6] = self.target_mac
        rows[:, 6:12] = self.source_mac
        rows[:, 12:14] = (8, 0)
        self._write_ip(rows)
        self._write_ports(rows)
        return rows

    def _write_ip(self, rows: np.ndarray) -> None:
        count, length = rows.shape
        rows[:, IP:L4] = np.frombuffer(
            struct.pack(
                ">BBHHHBBHII",
                0x45,
                0,
                length - IP,
                0,
                0x4000,
                self.time_to_live,
                self.protocol,
                0,
                0,
                0,
            ),
            np.uint8,
        )
        rows[:, IP + 12 : IP + 16] = column(self.source, ">u4", count)
        rows[:, IP + 16 : IP + 20] = column(self.target, ">u4", count)
        rows[:, IP + 10 : IP + 12] = column(checksum(rows[:, IP:L4]), ">u2", count)

    def _write_ports(self, rows: np.ndarray) -> None:
        count, length = rows.shape
        rows[:, L4 : L4 + 2] = column(self.source_port, ">u2", count)
        rows[:, L4 + 2 : L4 + 4] = column(self.target_port, ">u2", count)
        if self.protocol == TCP:
            rows[:, L4 + 4 : L4 + 8] = column(self.sequence, ">u4", count)
            rows[:, L4 + 8 : L4 + 12] = column(self.acknowledged, ">u4", count)
            rows[:, L4 + 12 : L4 + 16] = (0x50, self.flags, 0xFF, 0xFF)
        else:
            rows[:, L4 + 4 : L4 + 6] = column(length - L4, ">u2", count)
        at = L4 + (16 if self.protocol == TCP else 6)
        pseudo = checksum(rows[:, IP + 12 : L4]) ^ 0xFFFF
        sums = checksum(rows[:, L4:], pseudo + self.protocol + (length - L4))
        rows[:, at : at + 2] = column(sums, ">u2", count)


def write_pcap(path, groups: list, order: np.ndarray) -> None:
    """Writes the rows of all groups, which may differ in length, in the given order."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        if len(order) == 0:
            return
        if len(groups) == 1:
            rows = groups[0][order]
            header = struct.pack("<IIII", 0, 0, rows.shape[1], rows.shape[1])
            headers = np.broadcast_to(np.frombuffer(header, np.uint8), (len(rows), 16))
            file.write(np.hstack([headers, rows]).tobytes())
            return
        records = [
            struct.pack("<IIII", 0, 0, g.shape[1], g.shape[1]) + row.tobytes()
            for g in groups
            for row in g
        ]
        file.write(b"".join(records[i] for i in order))


def read_pcap(path) -> list:
    """The frames of a capture in this machine's byte order."""
    with open(path, "rb") as file:
        data = file.read()
    frames, at = [], 24
    while at + 16 <= len(data):
        captured = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16 : at + 16 + captured])
        at += 16 + captured
    return frames
