#include "ctl/files.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "file_content.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::ctl {
namespace {

using Catch::Contains;

TEST_CASE("files get their mode whatever the umask is") {
  const TemporaryFolder folder;
  for (const mode_t mask : {0000u, 0022u, 0277u}) {
    const mode_t before = umask(mask);
    replace_file(folder / "secret", "s", Readable::by_owner);
    replace_file(folder / "open", "o", Readable::by_all);
    umask(before);
    CHECK(test::mode_of(folder / "secret") == 0600);
    CHECK(test::mode_of(folder / "open") == 0644);
  }
}

TEST_CASE("a file is replaced, and nothing is left beside it") {
  const TemporaryFolder folder;
  test::write(folder / "file", "old", 0644);
  test::write(folder / ".file.new", "of a run that was broken off");
  replace_file(folder / "file", "new", Readable::by_owner);
  CHECK(read_file(folder / "file", Readable::by_owner) == "new");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a link is replaced, and what it leads to stays") {
  const TemporaryFolder folder;
  test::write(folder / "precious", "precious");
  std::filesystem::create_symlink(folder / "precious", folder / "file");
  std::filesystem::create_symlink(folder / "precious", folder / ".file.new");
  CHECK_THROWS_WITH(read_file(folder / "file", Readable::by_owner), Contains("symbolic link"));
  replace_file(folder / "file", "new", Readable::by_owner);
  CHECK(test::contents(folder / "precious") == "precious");
  CHECK(read_file(folder / "file", Readable::by_owner) == "new");
}

TEST_CASE("a file that is not there is nothing") {
  const TemporaryFolder folder;
  CHECK_FALSE(read_file(folder / "none", Readable::by_owner).has_value());
  CHECK_THROWS_WITH(replace_file(folder / "no/file", "", Readable::by_owner),
                    Contains("cannot open the folder"));
}

TEST_CASE("a secret that others may read is refused") {
  const TemporaryFolder folder;
  for (const mode_t mode : {0640u, 0604u, 0620u}) {
    test::write(folder / "secret", "s", mode);
    CHECK_THROWS_WITH(read_file(folder / "secret", Readable::by_owner), Contains("chmod 600"));
    CHECK(read_file(folder / "secret", Readable::by_all) == "s");
  }
}

TEST_CASE("only regular files of a sensible size are read") {
  const TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_file(folder / "pipe", Readable::by_owner), Contains("not a regular file"));
  CHECK_THROWS_WITH(read_file(folder.path(), Readable::by_all), Contains("not a regular file"));
  const std::size_t limit = std::size_t{1} << 20;
  test::write(folder / "large", std::string(limit, 'x'));
  CHECK(read_file(folder / "large", Readable::by_owner)->size() == limit);
  test::write(folder / "large", std::string(limit + 1, 'x'));
  CHECK_THROWS_WITH(read_file(folder / "large", Readable::by_owner), Contains("more than 1 MiB"));
}

TEST_CASE("a folder is made for its owner alone and must be safe where it is there") {
  const TemporaryFolder folder;
  make_folder(folder / "new");
  CHECK(test::mode_of(folder / "new") == 0700);
  CHECK_NOTHROW(make_folder(folder / "new"));
  chmod((folder / "new").c_str(), 0770);
  CHECK_THROWS_WITH(make_folder(folder / "new"), Contains("another user may write"));
  std::filesystem::create_directory_symlink(folder.path(), folder / "link");
  CHECK_THROWS_WITH(make_folder(folder / "link"), Contains("not a folder"));
}

TEST_CASE("one at a time works in a folder") {
  const TemporaryFolder folder;
  {
    const auto lock = lock_folder(folder.path());
    CHECK_THROWS_WITH(lock_folder(folder.path()), Contains("another enclusterctl"));
  }
  CHECK_NOTHROW(lock_folder(folder.path()));
}

}  // namespace
}  // namespace encluster::ctl
