#include "control/tap_name.hpp"

namespace encluster::control {

std::string tap_name(std::string_view network) { return "ec-" + std::string(network); }

}  // namespace encluster::control
