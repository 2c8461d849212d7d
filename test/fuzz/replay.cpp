// Captures that others wrote: whatever the bytes, frames lie inside them and name an interface that
// is described; and what is written again reads as the same.
#include <functional>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "fuzz/finding.hpp"
#include "replay/pcapng_reader.hpp"
#include "replay/pcapng_writer.hpp"

using namespace encluster;
using namespace encluster::fuzz;
using replay::Capture;
using replay::CapturedFrame;

namespace {

bool lies_inside(std::span<const std::byte> part, std::span<const std::byte> whole) {
  const std::less_equal<> not_behind;
  return part.empty() || (not_behind(whole.data(), part.data()) &&
                          not_behind(part.data() + part.size(), whole.data() + whole.size()));
}

std::string written(const Capture& capture) {
  std::ostringstream out;
  replay::PcapngWriter writer(out, "fuzz");
  for (const auto& interface : capture.interfaces) {
    writer.add_interface(std::string_view(interface.name).substr(0, 255));
  }
  for (const CapturedFrame& frame : capture.frames) {
    writer.write(frame.interface, frame.nanoseconds, frame.bytes, frame.original_length, "");
  }
  return out.str();
}

void check_again(const Capture& capture) {
  const std::string text = written(capture);
  const auto again = replay::read_capture(std::as_bytes(std::span(text)));
  const auto* const copy = std::get_if<Capture>(&again);
  require(copy != nullptr, "what was written cannot be read");
  require(copy->frames.size() == capture.frames.size(), "another number of frames");
  for (std::size_t i = 0; i < capture.frames.size(); ++i) {
    const CapturedFrame& a = capture.frames[i];
    const CapturedFrame& b = copy->frames[i];
    require(a.interface == b.interface && a.nanoseconds == b.nanoseconds &&
                a.original_length == b.original_length &&
                std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end()),
            "another frame than was written");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy without room behind it: a sanitizer sees the first byte read too far.
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::vector<std::byte> file(bytes.begin(), bytes.end());
  const auto result = replay::read_capture(file);
  const auto* const capture = std::get_if<Capture>(&result);
  if (capture == nullptr) {
    require(!std::get<replay::CaptureError>(result).what.empty(), "an error without a word");
    return 0;
  }
  for (const CapturedFrame& frame : capture->frames) {
    require(frame.interface < capture->interfaces.size(), "an interface that is not described");
    require(lies_inside(frame.bytes, file), "a frame outside the file");
    require(frame.bytes.size() <= frame.original_length, "a frame longer than it was");
  }
  check_again(*capture);
  return 0;
}
