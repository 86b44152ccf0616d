#include "threads/crew.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace fieldzip {
namespace {

inline void pause() {
#if (defined(__x86_64__) || defined(__i386__)) && (defined(__GNUC__) || defined(__clang__))
  __builtin_ia32_pause();
#endif
}

// Stages follow one another within a tenth of a millisecond or so; for so long nobody goes to sleep.
void await(std::atomic<int>& flag, int wanted) {
  static const int patience = std::thread::hardware_concurrency() > 1 ? 8192 : 0;
  for (int i = 0; i < patience; ++i) {
    if (flag.load(std::memory_order_acquire) == wanted) return;
    pause();
  }
  while (flag.load(std::memory_order_acquire) != wanted) flag.wait(1 - wanted, std::memory_order_acquire);
}
void set(std::atomic<int>& flag, int value) {
  flag.store(value, std::memory_order_release);
  flag.notify_one();
}

struct Member {
  std::atomic<int> works{0};
  void (*share)(void*, size_t) = nullptr;
  void* context = nullptr;
  size_t number = 0;

  void serve() {
    for (;;) {
      await(works, 1);
      share(context, number);
      set(works, 0);
    }
  }
};

class Crew {
 public:
  bool run(size_t shares, void (*share)(void*, size_t), void* context) {
    if (busy_.test_and_set(std::memory_order_acquire)) return false;
    grow(shares - 1);
    const size_t helping = std::min(shares - 1, members_.size());
    for (size_t i = 0; i < helping; ++i) {
      Member& member = *members_[i];
      member.share = share;
      member.context = context;
      member.number = i + 1;
      set(member.works, 1);
    }
    share(context, 0);
    for (size_t number = helping + 1; number < shares; ++number) share(context, number);
    for (size_t i = 0; i < helping; ++i) await(members_[i]->works, 0);
    busy_.clear(std::memory_order_release);
    return true;
  }

 private:
  // There may be no more threads to be had, nor memory for them: then there are fewer.
  void grow(size_t count) noexcept {
    try {
      while (members_.size() < count) {
        members_.push_back(std::make_unique<Member>());
        try {
          std::thread([&serving = *members_.back()] { serving.serve(); }).detach();
        } catch (const std::system_error&) {
          members_.pop_back();
          return;
        }
      }
    } catch (const std::bad_alloc&) {
    }
  }

  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace

bool runByCrew(size_t shares, void (*share)(void*, size_t), void* context) {
  // Never destroyed: its threads may outlive what is destroyed at the end of a process.
  static Crew& crew = *new Crew;
  return crew.run(shares, share, context);
}

}  // namespace fieldzip
