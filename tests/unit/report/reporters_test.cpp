#include "gpulaunch/report/reporters.hpp"

#include "catch.hpp"
#include "gpulaunch/base/rank_set.hpp"
#include "simulated_job.hpp"

using namespace gpulaunch;
using gpulaunch::testing::SimulatedJob;

namespace {

class Recorder final : public JobObserver {
 public:
  Recorder(std::string name, std::vector<std::string>& log) : name_(std::move(name)), log_(log) {}
  void on(const JobEvent& event) override { log_.push_back(name_ + std::to_string(event.what.index())); }

 private:
  std::string name_;
  std::vector<std::string>& log_;
};

}  // namespace

TEST_CASE("every reporter is told every event, in the order in which they were added") {
  std::vector<std::string> log;
  Reporters reporters;
  reporters.add(std::make_unique<Recorder>("a", log));
  reporters.add(std::make_unique<Recorder>("b", log));
  SimulatedJob(1).start().finish(0).play(reporters);
  const auto last = std::to_string(std::variant_size_v<decltype(JobEvent::what)> - 1);
  CHECK(log == std::vector<std::string>{"a0", "b0", "a" + last, "b" + last});
}

TEST_CASE("rank sets are written as sorted runs") {
  const auto text = [](const std::vector<int>& ranks) { return format_rank_set(ranks); };
  CHECK(text({}).empty());
  CHECK(text({5}) == "5");
  CHECK(text({0, 1, 2, 5}) == "0-2,5");
  CHECK(text({7, 0, 6, 0, 1, 3}) == "0-1,3,6-7");
}
