// Which latents are coded, and in what order.
#pragma once

#include <algorithm>
#include <vector>

#include "latents/latents.h"

namespace fieldzip {

// In every plane the coded latents are the leading rows and columns, so a stretch of the coding order is a few
// contiguous runs of memory.
class LatentSites {
 public:
  explicit LatentSites(const LatentShape& shape) : shape_(shape), start_(shape.channels + 1, 0) {
    for (uint32_t c = 0; c < shape.channels; ++c) start_[c + 1] = start_[c] + rows(c) * columns(c);
  }

  size_t count() const { return start_.back(); }

  // Calls run(site, position, length) for coded latents begin .. begin + count - 1: `site` is an index into the latents,
  // `position` counts from 0 at begin.
  template <typename Run>
  void forEachRun(size_t begin, size_t count, Run&& run) const {
    // The last plane that starts at or before `begin`; empty planes share their start with the next.
    size_t c = static_cast<size_t>(std::upper_bound(start_.begin(), start_.end(), begin) - start_.begin()) - 1;
    size_t done = 0;
    while (done < count) {
      const uint32_t channel = static_cast<uint32_t>(c);
      const size_t width = columns(channel);
      size_t inPlane = begin + done - start_[c];
      const size_t planeBase = c * shape_.plane();
      // Full-width rows touch, and a plane of them is one run.
      const size_t runWidth = width == shape_.gridWidth ? start_[c + 1] - start_[c] : width;
      while (done < count && begin + done < start_[c + 1]) {
        const size_t row = inPlane / runWidth;
        const size_t column = inPlane - row * runWidth;
        const size_t length = std::min(runWidth - column, count - done);
        run(planeBase + row * shape_.gridWidth + column, done, length);
        done += length;
        inPlane += length;
      }
      ++c;
    }
  }

 private:
  size_t rows(uint32_t channel) const {
    return shape_.layout == LatentShape::Layout::all ? shape_.gridHeight : blocks(shape_.height, channel / 8);
  }
  size_t columns(uint32_t channel) const {
    return shape_.layout == LatentShape::Layout::all ? shape_.gridWidth : blocks(shape_.width, channel % 8);
  }
  static size_t blocks(uint32_t length, uint32_t first) { return length > first ? (length - first + 7) / 8 : 0; }

  LatentShape shape_;
  std::vector<size_t> start_;
};

}  // namespace fieldzip
