"""The cluster that every device under test plays: three nodes, one address outside."""

CLUSTER = "192.0.2.1"
ROUTER = "192.0.2.254"
INSIDE = "10.77.0.1"
NODES = ("10.77.0.11", "10.77.0.12", "10.77.0.13")
# Slices of 8192 ports: the gateway's begins at 16384, then one for each node.
SLICES = (24576, 32768, 40960)
SLICE = 8192
# A login service for each node, so that one knows beforehand who will answer a SYN.
SERVICES = (22, 23, 513)

OUTSIDE_MAC = "02:00:00:00:01:01"  # the device's, on either side
INSIDE_MAC = "02:00:00:00:02:01"
ROUTER_MAC = "02:00:00:00:01:fe"
NODE_MACS = ("02:00:00:00:02:11", "02:00:00:00:02:12", "02:00:00:00:02:13")

# Remotes are 198.18.0.0/15, the block for benchmarks (RFC 2544).
FIRST_REMOTE = "198.18.0.0"
