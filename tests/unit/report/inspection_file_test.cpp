#include "gpulaunch/report/inspection_file.hpp"

#include "catch.hpp"
#include "golden.hpp"
#include "simulated_job.hpp"
#include "temp_folder.hpp"

#include <filesystem>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

bool on_file_server(const std::string& /*path*/) { return false; }

bool is_saved(SimulatedJob& job, InspectionFile& file) {
  std::filesystem::remove(inspection_path(job.plan()));
  job.play(file);
  return std::filesystem::exists(inspection_path(job.plan()));
}

bool is_saved_on_file_server(SimulatedJob& job) {
  InspectionFile file([](std::string_view /*line*/) {}, on_file_server);
  return is_saved(job, file);
}

SimulatedJob job_with_logs(const TempFolder& folder) {
  SimulatedJob job(2);
  job.plan().attempt_dir = folder.path("");
  return std::move(job.start_all());
}

}  // namespace

TEST_CASE("what was seen of a hang is written to a file server when the attempt is over, not before") {
  const TempFolder folder;
  auto job = job_with_logs(folder);
  job.emit(job_event::HangSuspected{30s, 31s, {{}, {}}}).emit(job_event::RanksInspected{std::nullopt, {}, {}});
  job.tears_down(TeardownReason::hung).stopped({0, 1}, 15);
  CHECK_FALSE(is_saved_on_file_server(job));
  job.restarts(1, 1s);
  CHECK(is_saved_on_file_server(job));
  CHECK(read_whole_file(inspection_path(job.plan())).find("no progress for 30s") != std::string::npos);
}

TEST_CASE("what was seen of a hang is written to a disk of this machine before anything is done to the ranks") {
  const TempFolder folder;
  auto job = job_with_logs(folder);
  job.emit(job_event::HangSuspected{30s, 31s, {{}, {}}}).emit(job_event::RanksInspected{std::nullopt, {}, {}});
  InspectionFile file([](std::string_view /*line*/) {}, [](const std::string& /*path*/) { return true; });
  CHECK(is_saved(job, file));
}

TEST_CASE("a look that was asked for is written at once, wherever the folder is") {
  const TempFolder folder;
  auto job = job_with_logs(folder);
  job.emit(job_event::RanksInspected{10, {}, {}});
  CHECK(is_saved_on_file_server(job));
}
