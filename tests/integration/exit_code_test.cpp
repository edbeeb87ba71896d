#include "catch.hpp"
#include "launch.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

using namespace harness;

namespace {

// A port that somebody else listens on.
class TakenPort {
 public:
  TakenPort() : socket_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_.get(), 1) == 0);
    REQUIRE(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    number_ = ntohs(address.sin6_port);
  }
  [[nodiscard]] std::string number() const { return std::to_string(number_); }

 private:
  gpulaunch::Fd socket_;
  int number_ = 0;
};

}  // namespace

TEST_CASE("the exit code of the rank that failed is the job's") {
  const int code = GENERATE(1, 2, 3, 42, 77, 124, 200, 255);
  Launch{}.ranks(3).worker("exit " + std::to_string(code) + " if rank==1", "sleep forever").expect_exit(code);
}

TEST_CASE("a rank that dies of a signal gives 128 plus its number") {
  const auto& [name, code] = GENERATE(table<std::string, int>(
      {{"SEGV", 139}, {"ABRT", 134}, {"KILL", 137}, {"TERM", 143}, {"BUS", 135}, {"PIPE", 141}}));
  Launch{}.ranks(2).worker("die " + name + " if rank==1", "sleep forever").expect_exit(code);
}

TEST_CASE("codes of ranks that we stopped do not count") {
  const ScratchDir folder;
  Launch{}
      .ranks(4)
      .worker("trap TERM exit 3", "meet " + folder.path().string(), "exit 7 if rank==2", "sleep forever")
      .expect_exit(7);
}

TEST_CASE("the first failure counts and not the later one") {
  Launch{}.ranks(2).flag("--on-failure", "continue").worker("exit 5 if rank==0", "sleep 300", "exit 9").expect_exit(5);
}

TEST_CASE("a program that is not there gives 127 and the searched path") {
  const auto finished = Launch{}.ranks(2).program("no-such-trainer").expect_exit(127);
  finished.expect_out("").expect_err_has("no-such-trainer").expect_err_has("/usr/bin:/bin");
  Launch{}.program("./no-such-trainer").expect_exit(127).expect_err_has("./no-such-trainer");
}

TEST_CASE("a missing Python file gives 127 and its name") {
  Launch{}.ranks(2).program("/no/such/train.py").expect_exit(127).expect_out("").expect_err_has("/no/such/train.py");
}

TEST_CASE("a missing interpreter gives 127 and its name") {
  const ScratchDir folder;
  write_file(folder.file("train.py"), "");
  Launch{}
      .env("PYTHON_EXEC", "/no/such/python")
      .program(folder.file("train.py"))
      .expect_exit(127)
      .expect_err_has("/no/such/python");
}

TEST_CASE("a program that cannot be executed gives 126") {
  const ScratchDir folder;
  write_file(folder.file("no-x-bit"), "#!/bin/sh\n");
  write_program(folder.file("no-interpreter-line"), "echo hello\n");
  for (const auto& path : {folder.file("no-x-bit"), folder.path().string(), folder.file("no-interpreter-line")})
    Launch{}.ranks(2).program(path).expect_exit(126).expect_out("").expect_err_has(path);
}

TEST_CASE("an explicit master port that is taken gives 125 and starts nothing") {
  const TakenPort port;
  const ScratchDir folder;
  Launch{}
      .ranks(2)
      .flag("--master-port", port.number())
      .worker("touch " + folder.file("started"))
      .expect_exit(125)
      .expect_err_has(port.number())
      .expect_err_has("--master-port");
  CHECK(files_below(folder.path()).empty());
}
