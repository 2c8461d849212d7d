#include "replay/recording.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "replay/input_error.hpp"
#include "replay/pcap_reader.hpp"
#include "replay/pcapng_format.hpp"
#include "replay/pcapng_reader.hpp"

namespace encluster::replay {

namespace {

/// @throws InputError
std::vector<std::byte> contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw InputError(path.string() + ": cannot be opened");
  std::error_code ignored;  // then it is no regular file either
  if (!std::filesystem::is_regular_file(path, ignored)) {
    throw InputError(path.string() + ": is no regular file");
  }
  const std::streamoff size = file.tellg();
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  if (!file) throw InputError(path.string() + ": cannot be read");
  return bytes;
}

bool is_pcapng(const std::vector<std::byte>& bytes) {
  std::uint32_t type = 0;
  if (bytes.size() < sizeof type) return false;
  std::memcpy(&type, bytes.data(), sizeof type);
  return type == pcapng::kSectionHeader;
}

/// @throws InputError
Capture read_pcapng(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
  ReadResult result = read_capture(bytes);
  if (const auto* error = std::get_if<CaptureError>(&result)) {
    throw InputError(path.string() + ": byte " + std::to_string(error->offset) + ": " +
                     error->what);
  }
  return std::get<Capture>(std::move(result));
}

}  // namespace

Recording::Recording(const std::vector<InputFile>& files) {
  for (const InputFile& file : files) {
    std::vector<std::byte> bytes = contents_of(file.path);
    const bool named_inside = is_pcapng(bytes);
    if (!named_inside) bytes.clear();
    storage_.push_back(std::move(bytes));
    Capture capture = named_inside ? read_pcapng(file.path, storage_.back())
                                   : read_pcap(file.path, storage_.back());
    if (file.interface.has_value() && capture.interfaces.size() != 1) {
      throw InputError(file.path.string() + ": has " + std::to_string(capture.interfaces.size()) +
                       " interfaces, of which --interface can name one");
    }
    if (file.interface.has_value()) capture.interfaces[0].name = *file.interface;
    add(std::move(capture));
  }
  std::ranges::stable_sort(capture_.frames, {}, &CapturedFrame::nanoseconds);
}

void Recording::add(Capture capture) {
  const auto first = static_cast<std::uint32_t>(capture_.interfaces.size());
  for (CapturedFrame& frame : capture.frames) {
    frame.interface += first;
    capture_.frames.push_back(frame);
  }
  std::ranges::move(capture.interfaces, std::back_inserter(capture_.interfaces));
}

std::vector<std::byte> restored(const CapturedFrame& frame) {
  std::vector<std::byte> bytes(frame.bytes.begin(), frame.bytes.end());
  bytes.resize(frame.original_length);
  return bytes;
}

}  // namespace encluster::replay
