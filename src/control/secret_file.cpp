#include "control/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "control/file_descriptor.hpp"

namespace encluster::control {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& problem) {
  throw CredentialsError(fmt::format("{}: {}", file.string(), problem));
}

[[noreturn]] void refuse_errno(const std::filesystem::path& file) {
  refuse(file, std::generic_category().message(errno));
}

void check_kind(const std::filesystem::path& file, const FileDescriptor& descriptor) {
  struct stat status {};
  if (fstat(descriptor.get(), &status) != 0) refuse_errno(file);
  if (!S_ISREG(status.st_mode)) refuse(file, "is no regular file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    refuse(file,
           fmt::format("others than its owner may use it (mode {:04o}); allowed: 0600 or less",
                       status.st_mode & 07777u));
  }
}

}  // namespace

std::string read_secret_file(const std::filesystem::path& file, std::size_t most) {
  // Without O_NONBLOCK, a pipe in the file's place would make the gateway wait for a writer.
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) refuse_errno(file);
  check_kind(file, descriptor);
  std::string content(most + 1, '\0');
  std::size_t length = 0;
  while (length < content.size()) {
    const ssize_t got = ::read(descriptor.get(), content.data() + length, content.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse_errno(file);
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  if (length > most) refuse(file, fmt::format("is larger than {} bytes", most));
  content.resize(length);
  return content;
}

}  // namespace encluster::control
