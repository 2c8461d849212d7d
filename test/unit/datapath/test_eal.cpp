#include "test_eal.hpp"

#include <catch2/catch.hpp>
#include <cstdio>

#include "datapath/eal.hpp"

namespace encluster::datapath {

void start_test_eal() {
  static const Eal eal([] {
    EalSettings settings;
    settings.megabytes = 64;
    settings.log = std::fopen("/dev/null", "w");  // tests provoke errors
    return settings;
  }());
}

MbufPool& test_pool() {
  start_test_eal();
  static MbufPool pool(4095, 1500);
  return pool;
}

NoBufferLost::NoBufferLost() : before_(test_pool().in_use()) {}

NoBufferLost::~NoBufferLost() { CHECK(test_pool().in_use() == before_); }

}  // namespace encluster::datapath
