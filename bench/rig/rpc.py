"""Calls of NFS and their answers, as rows of bytes for many datagrams (RFC 1813, 5531)."""

import numpy as np

from .frames import column

NFS_PORT = 2049
EXPORTS = (257, 513, 769)  # the Export_Id of each node's only export


def words(*values) -> list:
    """Each is a number for all rows, or an array."""
    return [(value, ">u4") for value in values]


def opaque(data: bytes) -> list:
    padded = data + bytes(-len(data) % 4)
    return words(len(data)) + [(byte, ">u1") for byte in padded]


def rows(count: int, parts: list) -> np.ndarray:
    return np.hstack([column(value, kind, count) for value, kind in parts])


def credentials() -> list:
    """AUTH_SYS of a user with five groups, on a host with a name of ten letters; no verifier."""
    body = words(0) + opaque(b"abcdefghij") + words(1000, 100, 5, 100, 4, 24, 27, 30)
    return words(1, 4 + 4 + 12 + 8 * 4) + body + words(0, 0)


def handles(nodes: np.ndarray, files: np.ndarray) -> list:
    """Of Ganesha's files: 24 bytes, of which the third and fourth are the Export_Id."""
    exports = np.array(EXPORTS, np.uint32)[nodes]
    return words(24) + [(0x43, ">u1"), (0, ">u1"), (exports, ">u2")] + words(files, 2, 3, 4, 5)


def reads(transactions: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Calls of READ, of 8 KB each, of other files."""
    header = words(transactions, 0, 2, 100003, 3, 6) + credentials()
    arguments = handles(nodes, transactions) + words(0, transactions << 13, 8192)
    return rows(len(transactions), header + arguments)


def answers(transactions: np.ndarray) -> np.ndarray:
    """To GETATTR: what most answers are that fit into a frame."""
    header = words(transactions, 1, 0, 0, 0, 0)
    return rows(len(transactions), header + words(0, 1, 0o644, *range(19)))
