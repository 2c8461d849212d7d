#include "control/token_bucket.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {

using namespace std::chrono_literals;

TEST_CASE("a bucket gives its burst at once, and its rate thereafter") {
  const TokenBucket::Time start{};
  TokenBucket bucket(10, 2, start);
  CHECK(bucket.take(1, start));
  CHECK(bucket.take(1, start));
  CHECK_FALSE(bucket.take(1, start + 50ms));
  CHECK(bucket.take(1, start + 150ms));
  CHECK_FALSE(bucket.take(1, start + 160ms));
}

TEST_CASE("a bucket holds no more than its burst") {
  const TokenBucket::Time start{};
  TokenBucket bucket(10, 2, start);
  CHECK(bucket.take(2, start + 1h));
  CHECK_FALSE(bucket.take(1, start + 1h));
  CHECK_FALSE(bucket.take(3, start + 2h));
}

}  // namespace encluster::control
