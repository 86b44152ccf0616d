#include "interpolate/networks.h"

#include <stdexcept>

#include "predict/net_reader.h"

namespace fieldzip {

InterpolationNetworks::InterpolationNetworks(std::span<const uint8_t> bytes) {
  if (bytes.size() != byteLength()) throw std::invalid_argument("the networks of interpolation have another size");
  NetReader in(bytes);
  for (Layers& layers : passes) in.layers(layers);
  in.priors(priors);
}

}  // namespace fieldzip
