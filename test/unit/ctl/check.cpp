#include "ctl/check.hpp"

#include <catch2/catch.hpp>

#include "file_content.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::ctl {
namespace {

namespace fs = std::filesystem;

/// A folder of programs, with an enclusterd of this mode.
fs::path with_program(const fs::path& folder, mode_t mode = 0755) {
  fs::create_directories(folder);
  test::write(folder / "enclusterd", "#!/bin/sh\n", mode);
  return folder;
}

TEST_CASE("the gateway's program is looked for beside this one, then in sbin, then in PATH") {
  const TemporaryFolder root;
  const fs::path bin = root / "bin";
  fs::create_directories(bin);
  CHECK_FALSE(find_gateway_program(bin, "").has_value());
  const fs::path other = with_program(root / "other");
  const std::string search_path = (root / "none").string() + "::" + other.string();
  CHECK(find_gateway_program(bin, search_path) == other / "enclusterd");
  const fs::path sbin = with_program(root / "sbin");
  CHECK(find_gateway_program(bin, search_path) == sbin / "enclusterd");
  with_program(bin);
  CHECK(find_gateway_program(bin, search_path) == bin / "enclusterd");
}

TEST_CASE("what cannot be run is not the gateway's program") {
  const TemporaryFolder root;
  const fs::path plain = with_program(root / "plain", 0644);
  fs::create_directories(root / "folder/enclusterd");
  const fs::path right = with_program(root / "right");
  CHECK(find_gateway_program(root / "bin", plain.string() + ':' + (root / "folder").string() + ':' +
                                               right.string()) == right / "enclusterd");
}

}  // namespace
}  // namespace encluster::ctl
