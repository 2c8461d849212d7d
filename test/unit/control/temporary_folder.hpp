// A folder for the files of one test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace encluster::control {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "encluster-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::filesystem::path operator/(const std::string& file) const {
    return path_ / file;
  }
  /// A file that its owner alone may read, unless `permissions` says otherwise.
  std::filesystem::path write(const std::string& file, const std::string& content,
                              unsigned permissions = 0600) const {
    std::ofstream(path_ / file) << content;
    std::filesystem::permissions(path_ / file, std::filesystem::perms(permissions));
    return path_ / file;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace encluster::control
