#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "control/health.hpp"

namespace encluster::control {

/// Connects to checked services, each in the rhythm its check says, and reports how it went.
/// Connections are reset as soon as they stand: they send nothing, and leave no port in TIME-WAIT.
/// Control thread only.
class HealthChecks {
 public:
  using Result = std::function<void(const CheckTarget&, bool connected)>;

  HealthChecks(boost::asio::any_io_executor executor, Result result);
  HealthChecks(const HealthChecks&) = delete;
  HealthChecks& operator=(const HealthChecks&) = delete;
  /// No result is reported afterwards.
  ~HealthChecks();

  /// Exactly these are checked from now on, new ones at once; the others keep their rhythm.
  void watch(const std::vector<CheckTarget>& targets);

 private:
  class Probe;

  boost::asio::any_io_executor executor_;
  Result result_;
  std::vector<std::shared_ptr<Probe>> probes_;
};

}  // namespace encluster::control
