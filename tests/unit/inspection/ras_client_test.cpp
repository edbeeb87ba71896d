#include "gpulaunch/inspection/ras_client.hpp"

#include "catch.hpp"
#include "ranks.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>

namespace gpulaunch::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

std::string heard_on(int socket) {
  std::string line;
  char byte = 0;
  while (::read(socket, &byte, 1) == 1 && byte != '\n') line += byte;
  return line;
}

void say_on(int socket, const std::string& text) {
  if (::write(socket, text.data(), text.size()) < 0) ::_exit(1);
}

// A service on a loopback port, which a child of the test serves.
class FakeService {
 public:
  explicit FakeService(const std::function<void(int)>& serve)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_.get(), generic, size) == 0);
    REQUIRE(::listen(socket_.get(), 1) == 0);
    REQUIRE(::getsockname(socket_.get(), generic, &size) == 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    server_ = std::make_unique<PlayedRank>([&] { serve(::accept(socket_.get(), nullptr, nullptr)); });
    socket_.reset();
  }
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  Fd socket_;
  std::string address_;
  std::unique_ptr<PlayedRank> server_;
};

void serve_status(int client) {
  if (heard_on(client) != "CLIENT PROTOCOL 2") ::_exit(1);
  say_on(client, "SERVER PROTOCOL 2\n");
  if (!heard_on(client).starts_with("TIMEOUT ")) ::_exit(1);
  say_on(client, "OK\n");
  if (heard_on(client) != "VERBOSE STATUS") ::_exit(1);
  say_on(client, "Errors\n=====");
  say_on(client, "=\n\nDEAD\n");
}

TEST_CASE("the service's status is read to its end") {
  const FakeService service(serve_status);
  const auto status = ask_ras(service.address(), mono_now() + 30s);
  REQUIRE(status);
  CHECK(*status == "Errors\n======\n\nDEAD\n");
}

TEST_CASE("a service that stops in the middle has said what it said") {
  const FakeService service([](int client) {
    serve_status(client);
    sleep_for_ever();
  });
  const auto status = ask_ras(service.address(), mono_now() + 1s);
  REQUIRE(status);
  CHECK(*status == "Errors\n======\n\nDEAD\n");
}

TEST_CASE("a service that says nothing is given up at the deadline") {
  const FakeService service([](int) { sleep_for_ever(); });
  const auto status = ask_ras(service.address(), mono_now() + 200ms);
  REQUIRE_FALSE(status);
  CHECK(status.error().kind == ErrorKind::system);
  CHECK_THAT(status.error().message, Catch::Contains(service.address()));
}

TEST_CASE("a service of another kind is no RAS service") {
  const FakeService service([](int client) { say_on(client, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  CHECK_FALSE(ask_ras(service.address(), mono_now() + 30s));
}

TEST_CASE("where nobody listens there is an error that names the address") {
  std::string address;
  {
    const FakeService gone(serve_status);
    address = gone.address();
  }
  const auto status = ask_ras(address, mono_now() + 30s);
  REQUIRE_FALSE(status);
  CHECK_THAT(status.error().message, Catch::Contains(address) && Catch::Contains("refused"));
}

TEST_CASE("an address that is none is a usage error") {
  for (const std::string address : {"", "localhost", ":28028", "localhost:", "localhost:port", "[::1]"}) {
    INFO(address);
    const auto status = ask_ras(address, mono_now() + 30s);
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::usage);
  }
}

TEST_CASE("an inspection asks RAS and names the process that does not answer") {
  const PlayedRank one(sleep_for_ever);
  const PlayedRank two(sleep_for_ever);
  const FakeService service([pid = two.pid()](int client) {
    serve_status(client);
    say_on(client, "  1 job process is considered dead\n  Process " + std::to_string(pid) + " on node 127.0.0.1\n");
  });
  const NoTools none;
  const auto findings = findings_of(
      {.ranks = {{.rank = 0, .pid = one.pid()}, {.rank = 1, .pid = two.pid()}}, .ras_address = service.address()});
  CHECK(findings.nccl.size() == 3);
  CHECK(findings.laggards == std::vector<int>{1});
}

}  // namespace
}  // namespace gpulaunch::testing
