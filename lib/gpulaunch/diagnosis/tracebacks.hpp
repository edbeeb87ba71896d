// Python's tracebacks within the lines of a rank: each exception that was printed with its traceback, and which of them
// belong to one chain ("During handling of the above exception …", "Original Traceback …"). own_error() calls it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// Where the program went on after a traceback: Python ignored it, or only a thread ended.
enum class Aside { no, thread, ignored };

struct RaisedError {
  std::string text;  // "ValueError: bad", with its next line where the first says nothing
  std::size_t line = 0;
  Aside aside = Aside::no;
  bool caught_again = false;  // it repeats what follows: "Caught … in DataLoader worker process 0."
};

struct ErrorChain {
  std::vector<RaisedError> errors;  // as printed: the first is the cause of the later ones

  // The one that the others follow from.
  [[nodiscard]] const RaisedError& origin() const;
};

[[nodiscard]] std::vector<ErrorChain> python_errors(const std::vector<std::string_view>& lines);

// "ValueError: bad", "torch.cuda.OutOfMemoryError: …", "KeyboardInterrupt": how Python ends a traceback.
[[nodiscard]] bool is_error_line(std::string_view line);

}  // namespace gpulaunch
