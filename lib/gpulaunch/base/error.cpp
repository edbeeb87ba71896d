#include "gpulaunch/base/error.hpp"

#include "gpulaunch/base/exit_status.hpp"

namespace gpulaunch {

tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message), {}});
}

tl::unexpected<Error> fail_errno(std::string_view doing, int errnum) {
  const std::error_code code(errnum, std::generic_category());
  return tl::unexpected<Error>(Error{ErrorKind::system, std::string(doing) + ": " + code.message(), code});
}

Error in_context(std::string_view context, Error error) {
  error.message.insert(0, std::string(context) + ": ");
  return error;
}

int exit_status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return exit_status::usage;
    case ErrorKind::not_found: return exit_status::not_found;
    case ErrorKind::not_executable: return exit_status::not_executable;
    case ErrorKind::system:
    case ErrorKind::internal: break;
  }
  return exit_status::launcher_failed;
}

}  // namespace gpulaunch
