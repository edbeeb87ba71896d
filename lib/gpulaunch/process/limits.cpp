#include "gpulaunch/process/limits.hpp"

#include <fmt/format.h>

#include <errno.h>

namespace gpulaunch {

Result<rlimit> ensure_open_files(rlim_t needed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("reading the limit on open files", errno);
  if (limit.rlim_cur >= needed) return limit;
  if (limit.rlim_max < needed) {
    return fail(ErrorKind::system, fmt::format("the job needs {} open files and the hard limit is {} (`ulimit -Hn`): "
                                               "raise it or start fewer ranks",
                                               needed, limit.rlim_max));
  }
  const rlimit raised{needed, limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) {
    return fail_errno(fmt::format("raising the limit on open files from {} to {}", limit.rlim_cur, needed), errno);
  }
  return limit;
}

}  // namespace gpulaunch
