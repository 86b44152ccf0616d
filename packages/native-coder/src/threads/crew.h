// Threads that stay for the next work: to start one takes longer than many a stage of a tile, and so does to wake it.
#pragma once

#include <cstddef>

namespace fieldzip {

// share(context, 0) to share(context, shares - 1), the first of them on this thread; they must not throw. False, and nothing is
// done, where the crew is at another thread's work.
bool runByCrew(size_t shares, void (*share)(void* context, size_t number), void* context);

}  // namespace fieldzip
