// The wavelet codec's coefficients band by band: HL, LH and HH of each level, coarse to fine, each in a walk that knows all
// bands before it and, of its own, all that was coded before a site.
//
//   head         step, offset, deltas and the low-pass's plan as in coefficients.h
//   varint       bytes of the low-pass's interval stream; the stream
//   a byte       for each level, fine to coarse: bit o is set where the band of orientation o has a filter; bit
//                4 + o where its points are taken by a trellis; in the first, bit 3 where filters are wide, and bit 7
//                where a byte follows: 1 or 2 where the tile is restored (coefficients/restoration.h) by one filter
//                or by four, which follow, 4 where filters learn of fewer steps and more
//                steps are quiet, and 8 where there is one strip of one state
//   varint       bytes of the first strip's stream, if there are two
//   the rest     a stream of four states a strip, of one in small tiles
//
// Where coefficients of missing sites are left out, the transform is that of coefficients/present.h, and nothing is walked there.
//
// docs/format.md has it in full. All throw std::invalid_argument for misuse.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bands/band_network.h"
#include "bands/band_task.h"
#include "coefficients/coefficients.h"

namespace fieldzip {

struct EncodedBands {
  std::vector<uint8_t> bytes;
  bool leavesOut;       // whether missing sites have no coefficients
  double squaredError;  // in squared steps, over the sites that are not masked, of the reconstruction in T
};

struct BandOptions {
  double lambda = 0;
  ValueRange range;
  size_t threads = 1;
  bool mayLeaveOut = false;  // the coefficients of missing sites, where that seems to take fewer bytes
  bool trellis = false;      // points of bands that are loud may be taken by a trellis, for a less error
  double bound = 0;          // if above 0, as many values as pay for it are brought within it: those that miss will be corrected
  bool quick = false;        // a large tile may be walked in less time, for some more bytes
};

// As makeCoefficientEncoder; `mask` is empty, or not 0 where a value is missing; `reconstruction` is what a decoder will give.
// Throws StepTooSmall.
template <typename T>
EncodedBands encodeBands(const BandNetwork& network, std::span<const T> values, std::span<const uint8_t> mask, uint32_t rows, uint32_t columns,
                         double step, const BandOptions& options, std::span<T> reconstruction);

// `form`: by tables, as encodeBands writes, or by shapes, as it once did. `mask`: the encoder's, where it left out the coefficients of missing sites, else empty. Throws CorruptStream.
template <typename T>
void decodeBands(const BandNetwork& network, BandForm form, std::span<const uint8_t> bytes, std::span<const uint8_t> mask, uint32_t rows, uint32_t columns, ValueRange range, size_t threads,
                 std::span<T> reconstruction);

}  // namespace fieldzip
