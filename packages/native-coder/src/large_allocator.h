// Memory for arrays of a call. On Linux, where the kernel offers large pages on request, an array of megabytes takes them: fresh memory comes
// in a fraction of the time, and none of it is kept when the call is over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef __linux__
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
    if (count >= kLargePage / sizeof(T) && count <= SIZE_MAX / 2 / sizeof(T)) return static_cast<T*>(mapLarge(count * sizeof(T)));
#endif
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, size_t count) {
#ifdef __linux__
    if (count >= kLargePage / sizeof(T)) {
      munmap(memory, count * sizeof(T));
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
