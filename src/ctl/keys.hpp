// The command `keys`: a working set of key, certificate and tokens for the gateway, its agents, and
// those who call its REST interface.
#pragma once

#include <ostream>

#include "ctl/command_line.hpp"

namespace encluster::ctl {

/// Makes what is missing, keeps what is there, and tells which is which and what to do next; never
/// a secret.
/// @throws control::ConfigurationError, also if the configuration has neither `agents` nor
/// `rest`
/// @throws std::runtime_error, naming the file that is not as it should be
void make_keys(const KeysOptions& options, std::ostream& output);

}  // namespace encluster::ctl
