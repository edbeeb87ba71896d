#include "app/dry_run.hpp"

#include "app/complaint.hpp"
#include "app/documents.hpp"
#include "app/job_setup.hpp"
#include "gpulaunch/plan/plan_json.hpp"
#include "gpulaunch/plan/plan_text.hpp"

namespace gpulaunch {

int dry_run(const Job& job, const Environment& environment) {
  const auto setup = set_up_dry_run(job, environment);
  if (!setup) return complain(setup.error());
  const bool json = job.options.report.dry_run == DryRun::json;
  return print_document(json ? plan_json(setup->plan, setup->topology) : plan_text(setup->plan, setup->topology));
}

}  // namespace gpulaunch
