#include "gpulaunch/diagnosis/progress_lines.hpp"

#include "catch.hpp"

#include <vector>

using namespace gpulaunch;

namespace {

std::optional<std::size_t> progress_of(const std::vector<std::string_view>& lines) { return last_progress(lines); }

}  // namespace

TEST_CASE("lines that count are progress, and the last of them is told") {
  CHECK(progress_of({"Traceback", "step  9 | loss 3.1", "other", "step 10 | loss 3.05", "step 11 | loss 3.1", "end"}) ==
        4);
  CHECK(progress_of({" 10%|#  | 1/10 [it/s]", " 20%|#  | 2/10 [it/s]", " 30%|#  | 3/10 [it/s]"}) == 2);
}

TEST_CASE("fewer lines, a counter that does not rise, and other texts are no progress") {
  CHECK_FALSE(progress_of({}));
  CHECK_FALSE(progress_of({"step 1", "step 2"}));
  CHECK_FALSE(progress_of({"retry 3 of it", "retry 2 of it", "retry 1 of it", "retry 1 of it"}));
  CHECK_FALSE(progress_of({"frame #0: c10::Error", "frame #1: at::add", "frame #2: main"}));
  CHECK_FALSE(progress_of({"1", "2", "3"}));
  CHECK_FALSE(progress_of({"attempt 1 failed", "attempt 2 failed", "attempt 3 failed"}));
}

TEST_CASE("a number that is no number is left alone") {
  CHECK_FALSE(progress_of({"id 99999999999999999999999", "id 99999999999999999999999", "id 99999999999999999999999"}));
}
