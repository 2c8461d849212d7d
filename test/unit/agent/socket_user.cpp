#include "agent/socket_user.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "control/file_descriptor.hpp"

namespace encluster::agent {

TEST_CASE("the program that has a socket is found") {
  const control::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  struct stat status {};
  REQUIRE(fstat(socket.get(), &status) == 0);
  const auto user = find_socket_user(static_cast<std::uint32_t>(status.st_ino));
  REQUIRE(user);
  CHECK(user->process == static_cast<std::uint32_t>(getpid()));
  CHECK(user->command == "unit_agent");
}

TEST_CASE("a socket of no program is none's") { CHECK_FALSE(find_socket_user(0)); }

}  // namespace encluster::agent
