// The walks with and without the network, compiled for what the processor has. All give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "predict/interval_rans.h"
#include "predict/perceptron.h"
#include "predict/plan.h"

namespace fieldzip {

enum class Isa : uint8_t { portable, avx2, avx512 };

// The best that this processor runs.
Isa bestIsa();

// Indices from 0 to range, in place; an encoder leaves them alone. mask: null when everything is known. network: null exactly
// where the plan does not ask it.
template <typename T, typename Coder>
void walk(Isa isa, const Plan& plan, const Perceptron* network, Coder& coder, T* lattice, const uint8_t* mask,
                     size_t rows, size_t columns, int64_t range);

extern template void walk(Isa, const Plan&, const Perceptron*, IntervalEncoder&, int32_t*, const uint8_t*, size_t, size_t, int64_t);
extern template void walk(Isa, const Plan&, const Perceptron*, IntervalEncoder&, int64_t*, const uint8_t*, size_t, size_t, int64_t);
extern template void walk(Isa, const Plan&, const Perceptron*, IntervalDecoder&, int32_t*, const uint8_t*, size_t, size_t, int64_t);
extern template void walk(Isa, const Plan&, const Perceptron*, IntervalDecoder&, int64_t*, const uint8_t*, size_t, size_t, int64_t);

}  // namespace fieldzip
