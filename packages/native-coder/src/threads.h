// Work that divides, on several threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <future>
#include <system_error>
#include <vector>

namespace fieldzip {

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
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace fieldzip
