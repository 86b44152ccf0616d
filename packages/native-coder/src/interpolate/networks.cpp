#include "interpolate/networks.h"

#include <stdexcept>

namespace fieldzip {
namespace {

std::span<const uint8_t> layersOf(std::span<const uint8_t> bytes, size_t pass) {
  if (bytes.size() != InterpolationNetworks::byteLength()) throw std::invalid_argument("the networks of interpolation have another size");
  return bytes.subspan(pass * Layers::byteLength(), Layers::byteLength());
}

}  // namespace

InterpolationNetworks::InterpolationNetworks(std::span<const uint8_t> bytes) : passes{Layers(layersOf(bytes, 0)), Layers(layersOf(bytes, 1))} {
  const uint8_t* code = bytes.data() + 2 * Layers::byteLength();
  for (auto& counts : priors) {
    for (uint32_t& count : counts) count = countOfCode(*code++);
  }
}

}  // namespace fieldzip
