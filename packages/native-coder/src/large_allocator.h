// Memory for arrays of a call. On Linux, where the kernel offers large pages on request, an array of megabytes takes them, and some of what a call
// gives back is kept for the next, which mostly wants arrays of the same sizes: fresh memory takes longer than much of what is done in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef __linux__
#include <mutex>

#include <sys/mman.h>
#endif

namespace fieldzip {

inline constexpr size_t kLargePage = size_t{1} << 21;

#ifdef __linux__
inline void* mapLarge(size_t bytes) {
  // More than is needed, to cut it at a multiple of a large page.
  void* all = mmap(nullptr, bytes + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) throw std::bad_alloc();
  auto* first = static_cast<uint8_t*>(all);
  const size_t before = (kLargePage - reinterpret_cast<uintptr_t>(first) % kLargePage) % kLargePage;
  constexpr size_t kPage = 4096;
  const size_t end = before + (bytes + kPage - 1) / kPage * kPage;
  if (before > 0) munmap(first, before);
  if (end < bytes + kLargePage) munmap(first + end, bytes + kLargePage - end);
  // Of the last part of a page, only what is used takes memory.
  madvise(first + before, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
  return first + before;
}

// Smaller arrays are left to the usual allocator.
inline constexpr size_t kLeastMapped = size_t{1} << 18;

// What was mapped and is not in use. The oldest goes where there is too much of it.
class SpareMemory {
 public:
  // Null if there is none of that size.
  void* take(size_t bytes) {
    const std::lock_guard lock(mutex_);
    for (size_t i = count_; i-- > 0;) {
      if (blocks_[i].bytes == bytes) return removed(i);
    }
    return nullptr;
  }
  void give(void* memory, size_t bytes) {
    const std::lock_guard lock(mutex_);
    while (count_ > 0 && (count_ == blocks_.size() || bytes_ + bytes > kMost)) {
      const Block oldest = blocks_[0];
      munmap(removed(0), oldest.bytes);
    }
    if (bytes > kMost) {
      munmap(memory, bytes);
      return;
    }
    blocks_[count_++] = {memory, bytes};
    bytes_ += bytes;
  }

 private:
  struct Block {
    void* memory;
    size_t bytes;
  };
  static constexpr size_t kMost = size_t{48} << 20;

  void* removed(size_t at) {
    void* memory = blocks_[at].memory;
    bytes_ -= blocks_[at].bytes;
    --count_;
    for (size_t i = at; i < count_; ++i) blocks_[i] = blocks_[i + 1];
    return memory;
  }

  std::mutex mutex_;
  std::array<Block, 48> blocks_{};
  size_t count_ = 0, bytes_ = 0;
};

// Never destroyed: a thread may still give something back while the process ends.
inline SpareMemory& spareMemory() {
  static SpareMemory& memory = *new SpareMemory;
  return memory;
}
#endif

template <typename T>
struct LargeAllocator {
  using value_type = T;
  static_assert(std::is_trivially_copyable_v<T>);

  LargeAllocator() = default;
  template <typename U>
  LargeAllocator(const LargeAllocator<U>&) {}

  T* allocate(size_t count) {
#ifdef __linux__
    if (count >= kLeastMapped / sizeof(T) && count <= SIZE_MAX / 2 / sizeof(T)) {
      void* spare = spareMemory().take(count * sizeof(T));
      return static_cast<T*>(spare != nullptr ? spare : mapLarge(count * sizeof(T)));
    }
#endif
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, size_t count) {
#ifdef __linux__
    if (count >= kLeastMapped / sizeof(T)) {
      spareMemory().give(memory, count * sizeof(T));
      return;
    }
#endif
    std::allocator<T>().deallocate(memory, count);
  }
  // Elements without a value are left as they are, so that memory is not touched before it is used.
  template <typename U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
  template <typename U, typename... Values>
  void construct(U* at, Values&&... values) {
    ::new (static_cast<void*>(at)) U(std::forward<Values>(values)...);
  }

  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

// Its constructor from a size, and resize, leave the elements without a value.
template <typename T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace fieldzip
