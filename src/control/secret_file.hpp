// Files that only their owner may read: tokens and private keys.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace encluster::control {

/// A file of the agents' credentials is missing or wrong. what() names the file, where it helps the
/// line, and the problem, but nothing that the file holds.
class CredentialsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The whole content of a regular file of at most `most` bytes.
/// @throws CredentialsError also if anybody but the file's owner may read, write or execute it
[[nodiscard]] std::string read_secret_file(const std::filesystem::path& file, std::size_t most);

}  // namespace encluster::control
