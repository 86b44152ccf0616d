// Bands whose integers are coded by shapes, which are only decoded any more: an encoder for tests and fuzzers.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "bands/band_tile.h"
#include "bands/bands.h"
#include "coefficients/coefficient_model.h"
#include "coefficients/low_pass.h"
#include "coefficients/quantised.h"
#include "predict/bytes.h"
#include "predict/lane_rans.h"
#include "predict/network_coder.h"
#include "predict/residuals.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif
#define FIELDZIP_LANES lanes_of_tests
#define FIELDZIP_LANE_WIDTH 4
#include "bands/band_walk.h"

namespace fieldzip {

// Of tiles of one strip, from 2^15 values on of four states: fewer have one.
inline std::vector<uint8_t> encodeBandsByShapes(const BandNetwork& network, const std::vector<float>& values, uint32_t rows, uint32_t columns, double step,
                                                std::vector<float>& reconstruction) {
  Quantised<float> quantised(std::span<const float>(values), rows, columns, step, 0.1);
  BandTile<float> tile(rows, columns, deltasOf(quantised.deltas));
  std::vector<uint8_t> out;
  quantised.writeHead(false, out);
  IntervalEncoder lowCoder;
  codeLowPass(lowCoder, quantised.lowPass, tile.sizeAt(tile.levels()), std::span<int64_t>(quantised.integers));
  const auto lowBytes = lowCoder.finish();
  writeVarint(lowBytes.size(), out);
  out.insert(out.end(), lowBytes.begin(), lowBytes.end());
  auto plan = planOf(tile, quantised.details);
  plan.wide = false;
  out.insert(out.end(), plan.filters.begin(), plan.filters.end());
  LaneEncoder coder;
  std::vector<std::unique_ptr<BandStrip>> strips;
  strips.push_back(std::make_unique<lanes_of_tests::BandStripOf<LaneEncoder, BandForm::shapes>>(network, coder));
  LargeVector<float> wanted;
  const LargeVector<float> result = tile.run(quantised.low, plan, strips, 1, [&](BandTask& task) { wantCoefficients(task, tile, quantised.details, wanted); });
  std::vector<uint8_t> stream = coder.finish();
  const size_t states = bandStatesOf(rows, columns);
  stream.erase(stream.begin() + static_cast<ptrdiff_t>(8 * states), stream.begin() + static_cast<ptrdiff_t>(8 * kRansStates));
  out.insert(out.end(), stream.begin(), stream.end());
  reconstruction.resize(values.size());
  quantised.restore(result, values, {}, {}, reconstruction);
  return out;
}

}  // namespace fieldzip
