// Real processes that play ranks: children of the test in sessions of their own, ended and reaped by number when they
// go out of scope.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace gpulaunch::testing {

class PlayedRank {
 public:
  // Runs `act` in a child. The constructor comes back when the child leads its session.
  explicit PlayedRank(const std::function<void()>& act);
  // A program with its arguments.
  explicit PlayedRank(std::vector<std::string> words);
  PlayedRank(const PlayedRank&) = delete;  // it is ended once
  PlayedRank& operator=(const PlayedRank&) = delete;
  ~PlayedRank();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void wait_for_stop() const;
  // Until the kernel shows the state: "S" for asleep.
  void wait_for_state(char state) const;

 private:
  pid_t pid_ = -1;
};

void sleep_for_ever();
void spin_for_ever();

// PATH for as long as it lives.
class SearchPath {
 public:
  explicit SearchPath(const std::string& path);
  SearchPath(const SearchPath&) = delete;  // the old one comes back once
  SearchPath& operator=(const SearchPath&) = delete;
  ~SearchPath();

 private:
  std::string before_;
};

// Where no tool is found.
struct NoTools {
  SearchPath path{"/nonexistent"};
};

// True as soon as it is so, false when that does not come about.
[[nodiscard]] bool comes_true(const std::function<bool()>& condition);
// Until there is such a file; fails when it does not come.
void wait_for_file(const std::string& path);
// True as soon as no process with the cookie lives (leftovers.hpp), false when that does not come about.
[[nodiscard]] bool nobody_with_cookie(const std::string& cookie);

// Polls and reads until the inspection is through, then finishes it.
[[nodiscard]] Findings findings_of(const InspectionSpec& spec);

// Numbers of this process's children and of its open descriptors: what must be the same afterwards.
[[nodiscard]] std::vector<pid_t> children();
[[nodiscard]] std::size_t open_descriptors();
// The names in a folder, sorted.
[[nodiscard]] std::vector<std::string> entries_of(const std::string& folder);

}  // namespace gpulaunch::testing
