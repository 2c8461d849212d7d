#include "ctl/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace encluster::ctl {

namespace {

namespace fs = std::filesystem;
using control::FileDescriptor;
using control::open_folder;

constexpr std::size_t kMaxSize = std::size_t{1} << 20;
constexpr mode_t kOfOthers = 0077;
constexpr mode_t kWritableByOthers = 0022;
constexpr mode_t kPermissions = 07777;

[[noreturn]] void fail(const fs::path& file, const char* what) {
  throw std::system_error(errno, std::generic_category(),
                          fmt::format("{}: {}", file.string(), what));
}

[[noreturn]] void refuse(const fs::path& file, const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", file.string(), what));
}

void check_secret(const fs::path& file, const struct stat& status) {
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    refuse(file, fmt::format("belongs to user {}, who could read it", status.st_uid));
  }
  const mode_t mode = status.st_mode & kPermissions;
  if ((mode & kOfOthers) != 0) {
    refuse(file, fmt::format("mode {:04o} lets others at it: chmod 600 it if nobody has seen it, "
                             "otherwise remove it, to get a new one",
                             mode));
  }
}

std::string read_all(int fd, const fs::path& file) {
  std::string content(kMaxSize + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(fd, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(file, "cannot read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxSize) refuse(file, "more than 1 MiB");
  content.resize(size);
  return content;
}

}  // namespace

std::optional<std::string> read_file(const fs::path& file, Readable readable) {
  // Without O_NONBLOCK the open of a named pipe waits for somebody to write.
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    if (errno == ELOOP) refuse(file, "a symbolic link, which is not followed");
    fail(file, "cannot open");
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail(file, "cannot look at it");
  if (!S_ISREG(status.st_mode)) refuse(file, "not a regular file");
  if (readable == Readable::by_owner) check_secret(file, status);
  return read_all(fd.get(), file);
}

void make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail(folder, "cannot make the folder");
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) fail(folder, "cannot look at it");
  if (!S_ISDIR(status.st_mode)) refuse(folder, "not a folder");
  const bool others = status.st_uid != ::geteuid() && status.st_uid != 0;
  if (others || (status.st_mode & kWritableByOthers) != 0) {
    refuse(folder, "another user may write in this folder, which secrets shall be put into");
  }
}

FileDescriptor lock_folder(const fs::path& folder) {
  FileDescriptor fd = open_folder(folder);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) fail(folder, "cannot lock the folder");
  refuse(folder, "another enclusterctl is at work in this folder");
}

}  // namespace encluster::ctl
