#!/bin/bash
# The paper's X stations: a program on a node, started from outside, draws outside.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up
xserver_up remote1

check "an X client that rexec starts on a node draws on the remote's screen" \
  served_by_a_node x_client remote1
check "a second one does, from the next node" served_by_a_node x_client remote1
