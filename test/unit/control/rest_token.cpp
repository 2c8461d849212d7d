#include "control/rest_token.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {

using Catch::Contains;

TEST_CASE("a token is one line among comments") {
  const std::string token(64, 'a');
  CHECK(parse_rest_token("# made by hand\n\n  " + token + " \r\n", "t") == token);
  CHECK(parse_rest_token(token, "t") == token);
}

TEST_CASE("what is no token is refused, and not shown") {
  const std::string token(64, 'a');
  CHECK_THROWS_WITH(parse_rest_token("", "dir/t"), "dir/t: holds no token");
  CHECK_THROWS_WITH(parse_rest_token("\n" + token + "a", "t"),
                    "t:2: is not one line of 64 hexadecimal digits");
  CHECK_THROWS_WITH(parse_rest_token(token + "\n" + token, "t"), Contains("t:2:"));
  CHECK_THROWS_WITH(parse_rest_token("secret", "t"), !Contains("secret"));
}

}  // namespace encluster::control
