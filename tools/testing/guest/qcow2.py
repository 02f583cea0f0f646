# SPDX-License-Identifier: GPL-2.0
"""An empty disk image in QEMU's own format, version 2 of it: just what snapshots need to be stored."""

import struct

MAGIC = b"QFI\xfb"
VERSION = 2
CLUSTER_BITS = 16
CLUSTER = 1 << CLUSTER_BITS
DISK_BYTES = 1 << 20
# Header, first-level table, table of reference counts, and one block of them: a cluster each.
L1_CLUSTER, REFCOUNT_TABLE_CLUSTER, REFCOUNT_BLOCK_CLUSTER, USED_CLUSTERS = 1, 2, 3, 4


def header():
    """docs/interop/qcow2 in QEMU's tree names these fields in this order."""
    backing_offset = backing_size = encryption = 0
    l1_entries = refcount_table_clusters = 1
    snapshots = snapshots_offset = 0
    return MAGIC + struct.pack(">IQIIQIIQQIIQ", VERSION, backing_offset, backing_size, CLUSTER_BITS,
                               DISK_BYTES, encryption, l1_entries, L1_CLUSTER * CLUSTER,
                               REFCOUNT_TABLE_CLUSTER * CLUSTER, refcount_table_clusters,
                               snapshots, snapshots_offset)


def create(path):
    """Write an empty image of DISK_BYTES to path."""
    clusters = (header(), b"", struct.pack(">Q", REFCOUNT_BLOCK_CLUSTER * CLUSTER),
                struct.pack(">H", 1) * USED_CLUSTERS)
    with open(path, "wb") as image:
        for content in clusters:
            image.write(content.ljust(CLUSTER, b"\0"))
