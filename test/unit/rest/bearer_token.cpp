#include "rest/bearer_token.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "control/secret_file.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::rest {

namespace {
const std::string kToken(64, 'a');
}

TEST_CASE("the token is presented as a bearer's") {
  const BearerToken token(kToken);
  CHECK(token.is_presented_by("Bearer " + kToken));
  CHECK(token.is_presented_by("bEARER  " + kToken));
  const std::vector<std::string> strangers{"",
                                           kToken,
                                           "Bearer",
                                           "Bearer ",
                                           "Basic " + kToken,
                                           "Bearer " + kToken + "a",
                                           "Bearer " + std::string(64, 'b'),
                                           "Bearer " + kToken + " "};
  for (const std::string& wrong : strangers) {
    INFO(wrong);
    CHECK_FALSE(token.is_presented_by(wrong));
  }
}

TEST_CASE("a token file is a secret with a token") {
  const TemporaryFolder folder;
  CHECK(BearerToken::read(folder.write("t", kToken + "\n")).is_presented_by("Bearer " + kToken));
  CHECK_THROWS_AS(BearerToken::read(folder.write("t", kToken, 0644)), control::CredentialsError);
  CHECK_THROWS_AS(BearerToken::read(folder.write("t", "secret")), control::CredentialsError);
  CHECK_THROWS_AS(BearerToken::read(folder / "none"), control::CredentialsError);
}

}  // namespace encluster::rest
