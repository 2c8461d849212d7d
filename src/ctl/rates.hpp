// What a gateway did between two looks at it.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace encluster::ctl {

/// The gateway's answers of one moment, each as docs/rest-api.yaml has it.
struct Sample {
  boost::json::value status;
  boost::json::value nodes;
  boost::json::value services;
};

/// What `top --json` prints: `seconds` between the two, `restarted`, rates a second of `traffic`,
/// `drops` and `connections_opened`, and of the later one `status` (without what is told as rates),
/// `nodes` and `services`. The gateway's own clock tells the time. Of a gateway that was started
/// between the two, rates are those since its start.
/// @throws boost::system::system_error or std::logic_error if an answer is not as documented
[[nodiscard]] boost::json::object rates(const Sample& before, const Sample& after);

}  // namespace encluster::ctl
