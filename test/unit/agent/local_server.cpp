#include "agent/local_server.hpp"

#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "agent/local_socket.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::agent {
namespace {

constexpr agent_protocol::LeasedPort kPort{Protocol::udp, PortNumber(700)};

/// A server, and what it heard.
class Server {
 public:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "agent.sock"; }
  [[nodiscard]] control::FileDescriptor keeper() {
    control::FileDescriptor socket = connect_local(path());
    REQUIRE(socket.get() >= 0);
    return socket;
  }
  void run() {
    context_.restart();
    context_.run_for(std::chrono::milliseconds(50));
  }
  /// What there is to read: a message, "nothing" or "closed".
  [[nodiscard]] static std::string read(const control::FileDescriptor& socket) {
    std::string text;
    switch (receive_local(socket.get(), text)) {
      case Reception::message:
        return text;
      case Reception::nothing:
        return "nothing";
      case Reception::closed:
        break;
    }
    return "closed";
  }

  std::map<KeeperId, std::vector<FromKeeper>> heard;
  std::vector<KeeperId> gone;

 private:
  TemporaryFolder folder_;
  boost::asio::io_context context_{1};
  control::Logger log_{{.write = [](const std::string&) {},
                        .now = [] { return control::LogSettings::Clock::now(); }}};

 public:
  LocalServer server{context_.get_executor(),
                     path(),
                     {.received =
                          [this](KeeperId keeper, const FromKeeper& message) {
                            heard[keeper].push_back(message);
                            return true;
                          },
                      .gone = [this](KeeperId keeper) { gone.push_back(keeper); }},
                     log_};
};

}  // namespace

TEST_CASE("the agent's socket is its user's and group's") {
  const Server server;
  struct stat status {};
  REQUIRE(stat(server.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0660);
}

TEST_CASE("a keeper is heard, answered, and missed") {
  Server server;
  {
    const auto keeper = server.keeper();
    CHECK(send_local(keeper.get(), encode(FromKeeper(Ask{kPort}))));
    server.run();
    CHECK(server.heard[1] == std::vector<FromKeeper>{Ask{kPort}});
    server.server.send(1, Lost{});
    CHECK(Server::read(keeper) == "lost");
    CHECK(server.gone.empty());
    CHECK(send_local(keeper.get(), encode(FromKeeper(Release{}))));
  }
  server.run();
  CHECK(server.heard[1].size() == 2);
  CHECK(server.gone == std::vector<KeeperId>{1});
  server.server.send(1, Lost{});
}

TEST_CASE("garbage costs a keeper its own connection, and no other's") {
  Server server;
  const auto good = server.keeper();
  for (const std::string& garbage :
       {std::string("lease"), std::string(kMaxLocalMessage + 1, 'x'), std::string(1, '\0')}) {
    const auto bad = server.keeper();
    CHECK(send_local(bad.get(), garbage));
    server.run();
    CHECK(Server::read(bad) == "closed");
  }
  CHECK(send_local(good.get(), encode(FromKeeper(Ask{kPort}))));
  server.run();
  CHECK(server.heard.size() == 1);
  CHECK(server.gone.size() == 3);
}

TEST_CASE("the agent does not wait for a keeper that reads nothing, and does not give it up") {
  Server server;
  const auto keeper = server.keeper();
  server.run();
  for (int i = 0; i < 10'000; ++i) server.server.send(1, Lost{});
  CHECK(server.gone.empty());
  std::size_t read = 0;
  while (Server::read(keeper) == "lost") ++read;
  CHECK(read > 0);
  CHECK(read < 10'000);
  server.server.send(1, Forbidden{});
  CHECK(Server::read(keeper) == "forbidden");
}

TEST_CASE("a second agent does not take the socket of one that listens, but of one that is gone") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "agent.sock";
  {
    const auto listening = listen_local(path);
    CHECK_THROWS_AS(listen_local(path), std::system_error);
  }
  CHECK(std::filesystem::exists(path));
  CHECK(listen_local(path).get() >= 0);
}

TEST_CASE("a file that is no socket is left alone") {
  const TemporaryFolder folder;
  folder.write("agent.sock", "precious");
  CHECK_THROWS_AS(listen_local(folder.path() / "agent.sock"), std::system_error);
  CHECK(folder.read("agent.sock") == "precious");
}

}  // namespace encluster::agent
