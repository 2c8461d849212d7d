#include "datapath/eal.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace encluster::datapath {
namespace {

using Arguments = std::vector<std::string>;

constexpr std::array<std::uint32_t, 2> kUsable{0, 3};

bool has(const Arguments& arguments, const std::string& wanted) {
  return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
}

std::string value_of(const Arguments& arguments, const std::string& option) {
  const auto found = std::find(arguments.begin(), arguments.end(), option);
  return found == arguments.end() || found + 1 == arguments.end() ? "" : found[1];
}

TEST_CASE("a PCI address is told from a vdev string") {
  CHECK(is_pci_address("0000:03:00.0"));
  CHECK(is_pci_address("03:00.1"));
  CHECK(is_pci_address("10000:af:1f.7,representor=0"));
  CHECK_FALSE(is_pci_address("net_af_packet0,iface=03:00.0"));
  CHECK_FALSE(is_pci_address("03:00.8"));
  CHECK_FALSE(is_pci_address("eth0"));
  CHECK_FALSE(is_pci_address(""));
}

TEST_CASE("without hugepages DPDK gets ordinary memory and leaves no files") {
  EalSettings settings;
  settings.megabytes = 100;
  const Arguments arguments = eal_arguments(settings, kUsable);
  CHECK(has(arguments, "--no-huge"));
  CHECK(has(arguments, "--no-shconf"));
  CHECK_FALSE(has(arguments, "--in-memory"));
  CHECK(value_of(arguments, "-m") == "100");
}

TEST_CASE("hugepages are used without files") {
  EalSettings settings;
  settings.hugepages = true;
  const Arguments arguments = eal_arguments(settings, kUsable);
  CHECK(has(arguments, "--in-memory"));
  CHECK_FALSE(has(arguments, "--no-huge"));
}

TEST_CASE("control thread and workers run wherever the process may, unless pinned") {
  EalSettings settings;
  settings.workers = 2;
  CHECK(value_of(eal_arguments(settings, kUsable), "--lcores") == "0@(0,3),1@(0,3),2@(0,3)");
  settings.worker_cpus = {3, 5};
  CHECK(value_of(eal_arguments(settings, kUsable), "--lcores") == "0@(0),1@(3),2@(5)");
  settings.worker_cpus = {3, 0};
  CHECK(value_of(eal_arguments(settings, kUsable), "--lcores") == "0@(0,3),1@(3),2@(0)");
}

TEST_CASE("of the PCI devices only those that are named are touched") {
  EalSettings settings;
  settings.devices = {"net_af_packet0,iface=a", "net_ring0"};
  CHECK(has(eal_arguments(settings, kUsable), "--no-pci"));
  settings.devices.emplace_back("0000:03:00.0");
  const Arguments arguments = eal_arguments(settings, kUsable);
  CHECK_FALSE(has(arguments, "--no-pci"));
  CHECK(value_of(arguments, "--allow") == "0000:03:00.0");
  CHECK(std::count(arguments.begin(), arguments.end(), "--allow") == 1);
}

}  // namespace
}  // namespace encluster::datapath
