// Loops that a compiler makes vectors of, compiled for what the processor has. Every operation stays one of IEEE 754 in the order that
// it is written in, so that the bits are the same.
#pragma once

#include "predict/walk.h"

namespace fieldzip {

#ifdef FIELDZIP_AVX2
template <typename Loop>
__attribute__((target("avx2"), flatten, noinline)) auto runAvx2(const Loop& loop) {
  return loop();
}
#endif

template <typename Loop>
auto runWide(const Loop& loop) {
#ifdef FIELDZIP_AVX2
  if (bestIsa() != Isa::portable) return runAvx2(loop);
#endif
  return loop();
}

}  // namespace fieldzip
