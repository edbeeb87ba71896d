#include "gpulaunch/process/limits.hpp"

#include "catch.hpp"
#include "processes.hpp"

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

rlimit current() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

void in_process_limited_to(rlimit limit, const std::function<bool()>& test) {
  const pid_t pid = fork_actor([&] {
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::_exit(2);
    ::_exit(test() ? 0 : 1);
  });
  CHECK(wait_for(pid) == Outcome::exited(0));
}

}  // namespace

TEST_CASE("a soft limit that is too low is raised to what is needed, and the old one is told") {
  in_process_limited_to({64, 500}, [] {
    const auto before = ensure_open_files(300);
    return before && before->rlim_cur == 64 && before->rlim_max == 500 && current().rlim_cur == 300 &&
           current().rlim_max == 500;
  });
}

TEST_CASE("a soft limit that suffices is left as it is") {
  in_process_limited_to({64, 500}, [] {
    const auto before = ensure_open_files(64);
    return before && before->rlim_cur == 64 && current().rlim_cur == 64;
  });
}

TEST_CASE("a hard limit that is too low is an error that names it, the need and the way to look") {
  in_process_limited_to({64, 500}, [] {
    const auto before = ensure_open_files(501);
    if (before || current().rlim_cur != 64) return false;
    const auto& message = before.error().message;
    return before.error().kind == ErrorKind::system && message.find("501") != std::string::npos &&
           message.find("500") != std::string::npos && message.find("ulimit -Hn") != std::string::npos;
  });
}
