#include "datapath/eal.hpp"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>

#include <algorithm>
#include <cassert>
#include <regex>

#include "datapath/af_packet_fragments.hpp"
#include "datapath/error.hpp"

namespace encluster::datapath {

namespace {

std::vector<std::uint32_t> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<std::uint32_t> cpus;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return cpus;
  for (std::uint32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

/// One lcore and the processors its thread may run on, as in "1@(2,3)".
std::string lcore(unsigned id, std::span<const std::uint32_t> cpus) {
  std::string text = std::to_string(id) + "@(";
  for (const std::uint32_t cpu : cpus) {
    if (text.back() != '(') text += ',';
    text += std::to_string(cpu);
  }
  return text + ')';
}

/// The processors that are no worker's; all if there are no others.
std::vector<std::uint32_t> control_cpus(const EalSettings& settings,
                                        std::span<const std::uint32_t> usable) {
  std::vector<std::uint32_t> cpus(usable.begin(), usable.end());
  std::erase_if(cpus, [&](std::uint32_t cpu) {
    return std::ranges::find(settings.worker_cpus, cpu) != settings.worker_cpus.end();
  });
  return cpus.empty() ? std::vector(usable.begin(), usable.end()) : cpus;
}

std::string lcores(const EalSettings& settings, std::span<const std::uint32_t> usable) {
  assert(settings.worker_cpus.empty() || settings.worker_cpus.size() == settings.workers);
  std::string map = lcore(0, control_cpus(settings, usable));
  const std::span<const std::uint32_t> pinned = settings.worker_cpus;
  for (std::uint32_t worker = 0; worker < settings.workers; ++worker) {
    map += ',' + lcore(lcore_of(static_cast<WorkerId>(worker)),
                       pinned.empty() ? usable : pinned.subspan(worker, 1));
  }
  return map;
}

std::string advice(const EalSettings& settings) {
  const std::string megabytes = std::to_string(settings.megabytes);
  if (settings.hugepages) {
    return "reserve " + std::to_string((settings.megabytes + 1) / 2) +
           " pages of 2 MiB in /proc/sys/vm/nr_hugepages, or set memory.hugepages to false; "
           "DPDK's own messages in the log say more";
  }
  return "check that " + megabytes +
         " MB of memory are free and that the processors named exist; DPDK's own messages in the "
         "log say more";
}

}  // namespace

bool is_pci_address(std::string_view device) {
  const std::regex pattern("([[:xdigit:]]{4,8}:)?[[:xdigit:]]{2}:[[:xdigit:]]{2}\\.[0-7]");
  const std::string_view address = device.substr(0, device.find(','));
  return std::regex_match(address.begin(), address.end(), pattern);
}

std::vector<std::string> eal_arguments(const EalSettings& settings,
                                       std::span<const std::uint32_t> usable) {
  std::vector<std::string> arguments{"enclusterd", "--no-telemetry", "--log-level=warning"};
  if (settings.hugepages) {
    arguments.emplace_back("--in-memory");
  } else {
    // DPDK 22.11 refuses --in-memory here, though it would mean no more than these two.
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf"});
  }
  arguments.insert(arguments.end(), {"-m", std::to_string(settings.megabytes)});
  arguments.insert(arguments.end(), {"--lcores", lcores(settings, usable)});
  if (std::none_of(settings.devices.begin(), settings.devices.end(), is_pci_address)) {
    arguments.emplace_back("--no-pci");
  }
  for (const std::string& device : settings.devices) {
    if (is_pci_address(device)) arguments.insert(arguments.end(), {"--allow", device});
  }
  return arguments;
}

Eal::Eal(const EalSettings& settings) {
  keep_fragments_of_af_packet();
  rte_openlog_stream(settings.log != nullptr ? settings.log : stderr);
  std::vector<std::string> arguments = eal_arguments(settings, usable_cpus());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    fail("DPDK does not start", rte_errno, advice(settings));
  }
}

Eal::~Eal() { rte_eal_cleanup(); }

}  // namespace encluster::datapath
