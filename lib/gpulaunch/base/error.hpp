// What may fail returns a Result; what cannot, does not. An Error carries the kind that decides the exit status, a
// lowercase fragment that says what was being done to what ("cannot start rank 3 (./train): no such file"), and the
// system's code where there is one. Context is added once per layer with `in_context`.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace gpulaunch {

enum class ErrorKind {
  usage,           // the user asked for something that cannot be: exit 2
  not_found,       // the program (or script) is not there: exit 127
  not_executable,  // it is there and cannot be run: exit 126
  system,          // the machine refused: exit 125
  internal,        // our own mistake: exit 125
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  std::error_code code;
};

template <class T>
using Result = tl::expected<T, Error>;

// An unexpected value ready to be returned from any function that returns a Result.
[[nodiscard]] tl::unexpected<Error> fail(ErrorKind kind, std::string message);

// The same for a failed system call: ": " and the system's text for `errnum` are appended to `doing`.
[[nodiscard]] tl::unexpected<Error> fail_errno(std::string_view doing, int errnum);

// Prefixes the message with "context: ", keeping kind and code.
[[nodiscard]] Error in_context(std::string_view context, Error error);

// The exit status that design gives to an error of this kind.
[[nodiscard]] int exit_status_of(ErrorKind kind);

}  // namespace gpulaunch
