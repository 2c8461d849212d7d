// Where a worker leaves messages for the control thread.
#pragma once

#include "switching/worker_event.hpp"

namespace encluster::switching {

/// Implemented by the data path over a ring, by tests over a vector. Worker thread; never blocks:
/// an event that finds no room is counted and lost, an answer to a command always finds room.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void send(const WorkerEvent& event) noexcept = 0;
};

}  // namespace encluster::switching
