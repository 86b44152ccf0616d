// The rows of a pass, vectorisable: each loop is over columns, and nothing in it depends on the column before.
#pragma once

#include "interpolate/model.h"
#include "interpolate/passes.h"

namespace fieldzip {

template <typename Real, bool second>
inline void predictRow(const Rows<Real>& rows, const PassWeights<Real>& w, size_t count, Real* __restrict p) {
#pragma GCC ivdep
  for (size_t j = 0; j < count; ++j) {
    std::array<Real, kGroups> g;
    if constexpr (second) columnGroups(rows, j, g);
    else rowGroups(rows, j, g);
    Real sum = w.weights[0] * g[0];
    for (size_t i = 1; i < kGroups; ++i) sum += w.weights[i] * g[i];
    p[j] = sum;
  }
}

// Expected sizes of the errors. `k1`, `k2`: the numbers of the two rows of the pass before.
template <typename Real, bool second>
inline void scaleRow(const Rows<Real>& rows, const PassWeights<Real>& w, const Real* k1, const Real* k2, size_t count, const Real* __restrict p,
                     float* __restrict scales) {
#pragma GCC ivdep
  for (size_t j = 0; j < count; ++j) {
    std::array<Real, kFeatures> f;
    if constexpr (second) columnFeatures(rows, k1, k2, j, p[j], f);
    else rowFeatures(rows, k1, k2, j, p[j], f);
    Real sum = w.features[0] * f[0];
    for (size_t i = 1; i < kFeatures; ++i) sum += w.features[i] * f[i];
    scales[j] = static_cast<float>(sum);
  }
}

inline void classRow(const float* __restrict scales, size_t count, uint8_t* __restrict classes) {
  for (size_t j = 0; j < count; ++j) classes[j] = classOf(scales[j]);
}

// The nearest integer, halves to even, for magnitudes below 2^22 or 2^51; beyond them something near.
inline float nearest(float v) { return (v + 12582912.0F) - 12582912.0F; }
inline double nearest(double v) { return (v + 6755399441055744.0) - 6755399441055744.0; }

// `y` becomes what is restored.
template <typename Real>
inline void quantiseRow(Real* __restrict y, const Real* __restrict p, size_t count, Real* __restrict k, int32_t* __restrict numbers) {
  constexpr Real kMost{1 << 30};
  for (size_t j = 0; j < count; ++j) {
    Real q = nearest(y[j] - p[j]);
    // Written so that a NaN goes too.
    q = q > kMost ? kMost : q;
    q = q > -kMost ? q : -kMost;
    numbers[j] = static_cast<int32_t>(q);
    // Not q itself, which need not be whole beyond those magnitudes.
    k[j] = static_cast<Real>(numbers[j]);
    y[j] = p[j] + k[j];
  }
}

template <typename Real>
inline void restoreRow(const int32_t* __restrict numbers, const Real* __restrict p, size_t count, Real* __restrict k, Real* __restrict back) {
  for (size_t j = 0; j < count; ++j) {
    k[j] = static_cast<Real>(numbers[j]);
    back[j] = p[j] + k[j];
  }
}

}  // namespace fieldzip
