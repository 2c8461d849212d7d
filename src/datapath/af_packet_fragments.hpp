// DPDK's af_packet driver has the kernel reassemble fragments, which the gateway follows itself.
#pragma once

namespace encluster::datapath {

/// Lets af_packet devices that are opened afterwards deliver fragments as they come. Nothing but
/// this process is concerned. Control thread.
///
/// The driver joins a fan-out group with PACKET_FANOUT_FLAG_DEFRAG, come what may (a device
/// argument for it is in none of the releases that we build with). Reassembled datagrams exceed the
/// MTU and so its ring's frames, and arrive cut. The program therefore takes the place of the C
/// library's setsockopt() for the driver, and leaves that one flag out.
void keep_fragments_of_af_packet() noexcept;

}  // namespace encluster::datapath
