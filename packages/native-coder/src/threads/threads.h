// Work that divides, on several threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <future>
#include <system_error>
#include <vector>

#include "threads/crew.h"

namespace fieldzip {

// share(0) to share(shares - 1), the first of them here, the others on threads of their own.
template <typename Share>
void runByOthers(size_t shares, const Share& share) {
  std::vector<std::future<void>> others;
  size_t started = 1;
  try {
    for (; started < shares; ++started) others.push_back(std::async(std::launch::async, share, started));
  } catch (const std::system_error&) {
    // There are no more threads to be had: what is left is done here.
  }
  share(0);
  for (size_t first = started; first < shares; ++first) share(first);
  for (auto& other : others) other.get();
}

// each(0) to each(count - 1), on at most so many threads, this one included. Every call is made, and then the first exception,
// by number, is thrown on. `each` must write where no other call does.
template <typename Each>
void forEachOf(size_t count, size_t threads, Each each) {
  const size_t shares = std::clamp<size_t>(threads, 1, std::max<size_t>(count, 1));
  std::vector<std::exception_ptr> failures(count);
  const auto share = [&](size_t first) {
    for (size_t i = first; i < count; i += shares) {
      try {
        each(i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    }
  };
  const auto shareOf = [](void* context, size_t first) { (*static_cast<decltype(share)*>(context))(first); };
  if (shares == 1) {
    share(0);
  } else if (!runByCrew(shares, shareOf, const_cast<void*>(static_cast<const void*>(&share)))) {
    runByOthers(shares, share);
  }
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

// each(begin, end) for contiguous parts of 0 to count - 1, as forEachOf. Parts of fewer than `least` are not worth a thread.
template <typename Each>
void forEachPart(size_t count, size_t least, size_t threads, Each each) {
  const size_t parts = std::clamp<size_t>(count / std::max<size_t>(least, 1), 1, std::max<size_t>(threads, 1));
  if (parts == 1) return each(size_t{0}, count);
  forEachOf(parts, threads, [&](size_t i) { each(i * count / parts, (i + 1) * count / parts); });
}

}  // namespace fieldzip
