// Descriptors 0, 1 and 2 may be closed when we are started (`<&-`, some daemons). Whatever is opened first would then
// take their place, and ranks would read from or write to it. Called first in main().
#pragma once

namespace gpulaunch {

// Opens /dev/null in place of each that is closed.
void fill_standard_fds();

}  // namespace gpulaunch
