// The whole pipeline, inbound and outbound, with three nodes and one or two networks. The input is
// a story: story.hpp.
#include <stdexcept>

#include "fuzz/finding.hpp"
#include "fuzz/story.hpp"

using namespace encluster::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    Story(Input(data, size)).play();
  } catch (const std::logic_error& error) {
    report(error.what());  // the gateway of the scenarios has checks of its own
  }
  return 0;
}
