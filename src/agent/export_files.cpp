#include "agent/export_files.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "agent/octal_escapes.hpp"

namespace encluster::agent {

namespace {

constexpr const char* kHeader = "# Made by encluster-agent exports.\n";

Ipv4Address address_of(const sockaddr* address) {
  return Ipv4Address(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
}

/// @throws std::runtime_error if the export has no number of its own in the cluster
std::uint32_t number_of(const AgentConfiguration& configuration, const ConfiguredExport& exported) {
  if (configuration.number == 0) {
    throw std::runtime_error(
        "the agent's configuration has no number: give the node's id of the gateway's "
        "configuration, such as number: 1");
  }
  if (exported.id == 0) {
    throw std::runtime_error(
        fmt::format("the export {} has no id: give it one from 1 to {} that no other export of "
                    "this node has, and never change it",
                    exported.path, kMaxExportId));
  }
  return std::uint32_t{configuration.number} * (kMaxExportId + 1) + exported.id;
}

/// Who may use the export: those configured, and nodes.
std::vector<std::string> clients_of(const ConfiguredExport& exported,
                                    const Interconnect& interconnect) {
  if (exported.clients.empty()) return {"*"};
  std::vector<std::string> clients{control::to_text(interconnect())};
  for (const Ipv4Prefix& client : exported.clients) clients.push_back(control::to_text(client));
  return clients;
}

/// As exports(5) wants paths.
std::string escaped(const std::string& path) { return with_octal_escapes(path, " \"\\#"); }

/// Ganesha's strings have no way to write a quote.
std::string quoted(const std::string& path) {
  if (path.find('"') != std::string::npos) {
    throw std::runtime_error(fmt::format("{} has a quote, which Ganesha cannot read", path));
  }
  return '"' + path + '"';
}

}  // namespace

Ipv4Prefix interconnect_towards(Ipv4Address gateway) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) throw std::runtime_error(std::strerror(errno));
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    const std::uint32_t mask = address_of(one->ifa_netmask).value();
    const std::uint32_t own = address_of(one->ifa_addr).value();
    if ((own & mask) != (gateway.value() & mask)) continue;
    return {Ipv4Address(own & mask), static_cast<std::uint8_t>(std::popcount(mask))};
  }
  throw std::runtime_error(fmt::format("no interface of this machine is in the network of {}",
                                       control::to_text(gateway)));
}

std::string linux_exports(const AgentConfiguration& configuration,
                          const Interconnect& interconnect) {
  std::string text = kHeader;
  for (const ConfiguredExport& exported : configuration.exports) {
    if (exported.directory != exported.path) {
      throw std::runtime_error(
          fmt::format("Linux's server exports directories by their own names: {} cannot be {}",
                      exported.directory, exported.path));
    }
    const std::uint32_t fsid = number_of(configuration, exported);
    text += escaped(exported.path);
    for (const std::string& client : clients_of(exported, interconnect)) {
      text += fmt::format(" {}({},sync,no_subtree_check,crossmnt,fsid={})", client,
                          exported.read_only ? "ro" : "rw", fsid);
    }
    text += '\n';
  }
  return text;
}

std::string ganesha_exports(const AgentConfiguration& configuration,
                            const Interconnect& interconnect) {
  std::string text = kHeader;
  for (const ConfiguredExport& exported : configuration.exports) {
    const std::uint32_t id = number_of(configuration, exported);
    const char* const access = exported.read_only ? "RO" : "RW";
    const auto clients = clients_of(exported, interconnect);
    const bool everybody = exported.clients.empty();
    // The Tag is what clients may mount that leave the first slash out.
    text += fmt::format(
        "EXPORT {{\n"
        "  Export_Id = {};\n"
        "  Filesystem_Id = {}.{};\n"
        "  Path = {};\n"
        "  Pseudo = {};\n"
        "  Tag = {};\n"
        "  Access_Type = {};\n"
        "  Squash = Root_Squash;\n"
        "  SecType = sys;\n"
        "  Protocols = 3;\n"
        "  Transports = UDP, TCP;\n"
        "  MaxRead = 32768;\n"
        "  MaxWrite = 32768;\n"
        "  PrefRead = 32768;\n"
        "  PrefWrite = 32768;\n"
        "  FSAL {{\n"
        "    Name = VFS;\n"
        "  }}\n",
        id, configuration.number, exported.id, quoted(exported.directory), quoted(exported.path),
        quoted(exported.path.substr(1)), everybody ? access : "None");
    if (!everybody) {
      text += fmt::format("  CLIENT {{\n    Clients = {};\n    Access_Type = {};\n  }}\n",
                          fmt::join(clients, ", "), access);
    }
    text += "}\n";
  }
  return text;
}

}  // namespace encluster::agent
