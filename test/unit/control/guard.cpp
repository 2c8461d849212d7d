#include "control/guard.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

TEST_CASE("an ingress drop replaces an earlier one in the same transaction") {
  const std::string commands = ingress_drop("ext0");

  const auto declared = commands.find("table netdev encluster_ext0");
  const auto deleted = commands.find("delete table netdev encluster_ext0");
  const auto hooked = commands.find("hook ingress device \"ext0\"");
  REQUIRE(hooked != std::string::npos);
  CHECK(declared < deleted);
  CHECK(deleted < hooked);
  CHECK(commands.find("policy drop") != std::string::npos);
}

TEST_CASE("interfaces whose names differ have tables whose names differ") {
  const std::string dotted = ingress_drop("eth0.5");
  CHECK(dotted.find("encluster_eth0_2e5") != std::string::npos);
  CHECK(ingress_drop("eth0-5").find("encluster_eth0_2d5") != std::string::npos);
  CHECK(dotted.find("device \"eth0.5\"") != std::string::npos);
}

}  // namespace
}  // namespace encluster::control
