#include "agent/mounts_below.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent {
namespace {

using Places = std::vector<std::string>;

constexpr const char* kMountinfo =
    "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "22 21 8:2 / /srv rw shared:1 - ext4 /dev/sda2 rw\n"
    "23 22 8:3 / /srv/b rw - ext4 /dev/sda3 rw\n"
    "24 22 8:3 / /srv/b rw - ext4 /dev/sda3 rw\n"
    "25 22 8:4 / /srv/a\\040name\\134 rw - ext4 /dev/sda4 rw\n"
    "26 21 8:5 / /srvx rw - ext4 /dev/sda5 rw\n"
    "a line of another kind\n"
    "27 21 8:6 / /srv/c\\04 rw - ext4 /dev/sda6 rw";

}  // namespace

TEST_CASE("what is mounted in a directory is found, whatever its name") {
  CHECK(mounts_below("/srv", kMountinfo) == Places{"/srv/a name\\", "/srv/b", "/srv/c\\04"});
  CHECK(mounts_below("/srv/b", kMountinfo).empty());
  CHECK(mounts_below("/", kMountinfo).size() == 5);
  CHECK(mounts_below("/srv", "").empty());
}

}  // namespace encluster::agent
