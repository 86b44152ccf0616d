// Memory for arrays of a call: what was given back serves again, and not too much is kept.
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"
#include "large_allocator.h"

using namespace fieldzip;

namespace {

void arraysOfEverySizeHoldWhatIsPut() {
  std::vector<LargeVector<uint32_t>> arrays;
  for (size_t size = 1; size < (size_t{3} << 20); size = size * 5 / 2 + 1) {
    arrays.emplace_back(size);
    for (size_t i = 0; i < size; ++i) arrays.back()[i] = static_cast<uint32_t>(i ^ size);
  }
  for (const auto& array : arrays) {
    for (size_t i = 0; i < array.size(); ++i) CHECK(array[i] == (i ^ array.size()));
  }
}

#ifdef __linux__
void whatIsGivenBackServesAgain() {
  const size_t size = (size_t{1} << 20) + 12345;
  const uint8_t* first = nullptr;
  {
    LargeVector<uint8_t> array(size);
    first = array.data();
  }
  LargeVector<uint8_t> other(size + 1), same(size);
  CHECK(same.data() == first);
  CHECK(other.data() != first);
}

// Sixty megabytes in sixty sizes: what is kept is within its limit, and the latest is among it.
void theOldestGoes() {
  const auto sizeOf = [](size_t k) { return (size_t{1} << 20) + 4096 * k; };
  SpareMemory memory;
  size_t kept = 0;
  for (size_t k = 0; k < 60; ++k) memory.give(mapLarge(sizeOf(k)), sizeOf(k));
  for (size_t k = 60; k-- > 0;) {
    void* block = memory.take(sizeOf(k));
    CHECK(block != nullptr || k < 30);
    if (block == nullptr) continue;
    CHECK(k == 59 || kept > 0);
    kept += sizeOf(k);
    munmap(block, sizeOf(k));
  }
  CHECK(kept > (size_t{30} << 20) && kept <= (size_t{48} << 20));
  CHECK(memory.take(sizeOf(59)) == nullptr);
}
#endif

void threadsShareIt() {
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (uint32_t round = 0; round < 200; ++round) {
        LargeVector<uint32_t> array((size_t{1} << 17) + 1024 * (round % 3));
        std::memset(array.data(), static_cast<int>(t), array.size() * sizeof(uint32_t));
        for (size_t i = 0; i < array.size(); i += 997) CHECK(array[i] == t * 0x01010101U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main() {
  RUN(arraysOfEverySizeHoldWhatIsPut);
#ifdef __linux__
  RUN(whatIsGivenBackServesAgain);
  RUN(theOldestGoes);
#endif
  RUN(threadsShareIt);
  return 0;
}
