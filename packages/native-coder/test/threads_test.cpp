// Work that divides: each call is made once, whoever else is at work, whatever is thrown, and whatever is inside what.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "threads/threads.h"

using namespace fieldzip;

namespace {

void eachCallIsMadeOnce() {
  for (const size_t threads : {1, 2, 3, 9}) {
    for (const size_t count : {0, 1, 2, 5, 100}) {
      std::vector<int> calls(count);  // no two threads write the same
      for (int round = 0; round < 50; ++round) forEachOf(count, threads, [&](size_t i) { ++calls[i]; });
      for (const int call : calls) CHECK(call == 50);
    }
  }
}

// Longer than the crew waits without going to sleep.
void aCrewThatSleepsWakes() {
  std::atomic<int> calls{0};
  for (int round = 0; round < 4; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    forEachOf(2, 2, [&](size_t) { ++calls; });
    forEachOf(2, 2, [&](size_t i) {
      if (i == 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++calls;
    });
  }
  CHECK(calls == 16);
}

void severalAtOnceAndWithinAnother() {
  std::vector<std::vector<int>> calls(4, std::vector<int>(60));
  std::vector<std::thread> callers;
  for (auto& own : calls) {
    callers.emplace_back([&own] {
      for (int round = 0; round < 40; ++round) {
        forEachOf(3, 3, [&](size_t part) { forEachOf(20, 2, [&](size_t i) { ++own[20 * part + i]; }); });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& own : calls) {
    for (const int call : own) CHECK(call == 40);
  }
}

void theFirstFailureIsThrownAfterAllCalls() {
  for (const size_t threads : {1, 2, 4}) {
    std::atomic<int> calls{0};
    std::string said;
    try {
      forEachOf(20, threads, [&](size_t i) {
        ++calls;
        if (i == 7 || i == 13) throw std::runtime_error(std::to_string(i));
      });
    } catch (const std::runtime_error& error) {
      said = error.what();
    }
    CHECK(said == "7");
    CHECK(calls == 20);
  }
}

}  // namespace

int main() {
  RUN(eachCallIsMadeOnce);
  RUN(aCrewThatSleepsWakes);
  RUN(severalAtOnceAndWithinAnother);
  RUN(theFirstFailureIsThrownAfterAllCalls);
}
