#include "predict/walk.h"

#include "predict/network_coder.h"
#include "predict/tile_coder.h"

namespace fieldzip {
namespace {

#ifdef FIELDZIP_AVX2
// Everything is inlined here, so that all of the walk is compiled for AVX2 and nothing of it is called by others.
template <typename Tile, typename T>
__attribute__((target("avx2"), flatten, noinline)) void runAvx2(Tile& tile, T* lattice, const uint8_t* mask) {
  tile.run(lattice, mask);
}
#endif

}  // namespace

Isa bestIsa() {
#ifdef FIELDZIP_AVX2
  static const Isa best = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")
                              ? Isa::avx512
                          : __builtin_cpu_supports("avx2") ? Isa::avx2
                                                           : Isa::portable;
  return best;
#else
  return Isa::portable;
#endif
}

template <typename T, typename Coder>
void walk(Isa isa, const Plan& plan, const Perceptron* network, Coder& coder, T* lattice, const uint8_t* mask, size_t rows,
          size_t columns, int64_t range) {
#ifdef FIELDZIP_AVX2
  if (isa != Isa::portable) {
    if (network != nullptr) {
      NetworkCoder<T, Coder, Avx2Isa> tile(plan, *network, coder, rows, columns, range);
      runAvx2(tile, lattice, mask);
    } else {
      TileCoder<T, Coder> tile(plan, coder, rows, columns, range);
      runAvx2(tile, lattice, mask);
    }
    return;
  }
#endif
  (void)isa;
  if (network != nullptr) {
    NetworkCoder<T, Coder, PortableIsa>(plan, *network, coder, rows, columns, range).run(lattice, mask);
  } else {
    TileCoder<T, Coder>(plan, coder, rows, columns, range).run(lattice, mask);
  }
}

template void walk(Isa, const Plan&, const Perceptron*, IntervalEncoder&, int32_t*, const uint8_t*, size_t, size_t, int64_t);
template void walk(Isa, const Plan&, const Perceptron*, IntervalEncoder&, int64_t*, const uint8_t*, size_t, size_t, int64_t);
template void walk(Isa, const Plan&, const Perceptron*, IntervalDecoder&, int32_t*, const uint8_t*, size_t, size_t, int64_t);
template void walk(Isa, const Plan&, const Perceptron*, IntervalDecoder&, int64_t*, const uint8_t*, size_t, size_t, int64_t);

}  // namespace fieldzip
