#include "control/replace_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace encluster::control {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const char* what) {
  throw std::system_error(errno, std::generic_category(),
                          fmt::format("{}: {}", file.string(), what));
}

void write_all(int fd, const std::string& content, const fs::path& file) {
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t put = ::write(fd, content.data() + size, content.size() - size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail(file, "cannot write");
    size += static_cast<std::size_t>(put);
  }
}

/// Makes `name` in the folder with the content, safe on the disk.
void write_new(int folder, const std::string& name, const std::string& content, Readable readable,
               const fs::path& file) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const FileDescriptor fd(
      ::openat(folder, name.c_str(), kFlags, static_cast<mode_t>(Readable::by_owner)));
  if (fd.get() < 0) fail(file, "cannot make a file beside it");
  write_all(fd.get(), content, file);
  // Whatever the umask is.
  if (::fchmod(fd.get(), static_cast<mode_t>(readable)) != 0) fail(file, "cannot set the mode");
  if (::fsync(fd.get()) != 0) fail(file, "cannot write to the disk");
}

}  // namespace

FileDescriptor open_folder(const fs::path& folder) {
  const fs::path path = folder.empty() ? fs::path(".") : folder;
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) fail(path, "cannot open the folder");
  return fd;
}

void put_aside(const fs::path& file) noexcept {
  fs::path aside = file;
  aside += ".damaged";
  std::error_code ignored;
  fs::rename(file, aside, ignored);
}

void replace_file(const fs::path& file, const std::string& content, Readable readable) {
  const FileDescriptor folder = open_folder(file.parent_path());
  const std::string name = file.filename().string();
  const std::string fresh = "." + name + ".new";
  // What a broken-off run left.
  if (::unlinkat(folder.get(), fresh.c_str(), 0) != 0 && errno != ENOENT) {
    fail(file, "cannot remove what is left beside it");
  }
  try {
    write_new(folder.get(), fresh, content, readable, file);
    if (::renameat(folder.get(), fresh.c_str(), folder.get(), name.c_str()) != 0) {
      fail(file, "cannot replace it");
    }
  } catch (...) {
    ::unlinkat(folder.get(), fresh.c_str(), 0);
    throw;
  }
  if (::fsync(folder.get()) != 0) fail(file, "cannot write to the disk");
}

}  // namespace encluster::control
