// Real processes for tests: forked actors, pipes as witnesses, waits for events and never for time. What a test starts
// it also ends; a wait that lasts 30 seconds has failed.
#pragma once

#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/base/outcome.hpp"
#include "gpulaunch/process/spawn.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gpulaunch::testing {

struct Pipe {
  Fd read;
  Fd write;
};
Pipe make_pipe();

// Runs `act` in a child; when it returns, the child exits 0.
pid_t fork_actor(const std::function<void()>& act);
[[noreturn]] void sleep_for_ever();

// Until `fd` is readable or its last writer is gone. False: neither came about.
bool wait_readable(int fd);
// Everything until the last writer is gone: with a pipe that every descendant holds, the proof that all are dead.
std::string read_to_end(int fd);
bool everyone_let_go(int fd);

void send_pid(int fd, pid_t pid = ::getpid());
pid_t receive_pid(int fd);

// Blocks until the child has ended, and reaps it.
Outcome wait_for(pid_t pid);
// Blocks until the child is a zombie, and leaves it so.
void wait_for_zombie(pid_t pid);
void wait_for_stop(pid_t pid);

// Orphans of this process's descendants become its children, for as long as this lives.
class Subreaper {
 public:
  Subreaper();
  Subreaper(const Subreaper&) = delete;
  Subreaper& operator=(const Subreaper&) = delete;
  ~Subreaper();
};

// Kills and reaps all descendants until the kernel says that none is left.
void clear_descendants();

class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A ChildSpec and what it points to.
class Command {
 public:
  explicit Command(std::vector<std::string> arguments, std::vector<std::string> environment = {});
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command() = default;
  ChildSpec spec;

 private:
  std::vector<std::string> arguments_, environment_;
  std::vector<char*> argv_, envp_;
};

using Report = std::map<std::string, std::string>;
// What tests/fixtures/audit.cpp has written.
Report read_report(const std::string& path);
std::string inode_of(int fd);

[[nodiscard]] bool mentions(const std::string& text, const std::string& part);

}  // namespace gpulaunch::testing
