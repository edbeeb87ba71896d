// All consumers of one job's events as one observer, so that the program wires them in one place. They are told in the
// order in which they were added.
#pragma once

#include "gpulaunch/run/job_event.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace gpulaunch {

class Reporters final : public JobObserver {
 public:
  void add(std::unique_ptr<JobObserver> observer) { observers_.push_back(std::move(observer)); }
  void on(const JobEvent& event) override {
    for (const auto& observer : observers_) observer->on(event);
  }

 private:
  std::vector<std::unique_ptr<JobObserver>> observers_;
};

}  // namespace gpulaunch
