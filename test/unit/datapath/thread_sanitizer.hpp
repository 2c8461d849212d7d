// Tells the thread sanitizer what it cannot see: DPDK's libraries are built without it, so it does
// not know that a ring in a driver or in the buffer pool hands a buffer from one thread to another.
// Without the sanitizer all of this is nothing.
#pragma once

#include <cstdint>

namespace encluster::datapath {

class MbufPool;

/// Everything done to the buffer so far happens before whatever is done after acquired().
void released(void* buffer) noexcept;
void acquired(void* buffer) noexcept;

/// Makes a pool's buffers released when they are freed, and acquired when they are allocated.
void explain_pool(MbufPool& pool);
/// Makes the buffers of a device released when they are sent, and acquired when they are received.
/// @pre the queues are set up
void explain_device(std::uint16_t port, std::uint16_t receive_queues, std::uint16_t send_queues);

}  // namespace encluster::datapath
