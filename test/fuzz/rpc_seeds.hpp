// First inputs of the targets that read calls of RPC.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace encluster::fuzz {

using WriteSeed =
    std::function<void(const char* target, const std::string& name, std::string_view bytes)>;

void rpc_calls(const WriteSeed& write);

}  // namespace encluster::fuzz
