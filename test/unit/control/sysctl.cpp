#include "control/sysctl.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "control/kernel_error.hpp"

namespace encluster::control {
namespace {

/// A /proc/sys of the test's own.
class FakeTree {
 public:
  FakeTree() {
    std::string name =
        (std::filesystem::temp_directory_path() / "encluster-sysctl-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    root_ = name;
    std::ofstream(root_ / "value") << "16384\t32767\n";
  }
  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;
  ~FakeTree() { std::filesystem::remove_all(root_); }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

TEST_CASE("a setting is read without its newline, and written") {
  const FakeTree tree;
  const Sysctls sysctls(tree.root());
  CHECK(sysctls.get("value") == "16384\t32767");

  sysctls.set("value", "1");

  CHECK(sysctls.get("value") == "1");
}

TEST_CASE("a setting that has its value already is not written") {
  const FakeTree tree;
  const Sysctls sysctls(tree.root());
  const auto written = std::filesystem::last_write_time(tree.root() / "value");

  sysctls.set("value", "16384\t32767");

  CHECK(std::filesystem::last_write_time(tree.root() / "value") == written);
}

TEST_CASE("a setting that the kernel lacks is an error that names it") {
  const FakeTree tree;
  const Sysctls sysctls(tree.root());
  CHECK_FALSE(sysctls.has("net/none"));
  CHECK_THROWS_WITH(sysctls.get("net/none"), Catch::Contains("net/none"));
  CHECK_THROWS_WITH(sysctls.set("net/none", "1"), Catch::Contains("net/none"));
}

}  // namespace
}  // namespace encluster::control
