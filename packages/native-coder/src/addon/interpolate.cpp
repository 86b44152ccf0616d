#include "addon/interpolate.h"

#include <memory>
#include <span>

#include "addon/arguments.h"
#include "interpolate/interpolate.h"

namespace fieldzip::addon {
namespace {

using Info = Napi::CallbackInfo;

uint32_t side(const Info& info, size_t index, const char* name) { return integer(info, index, name, 1, 1U << 30); }

std::unique_ptr<InterpolationNetworks> networksOrNothing(const Info& info, size_t index) {
  const auto bytes = arrayOrNothing<uint8_t>(info, index, "networks");
  return bytes.empty() ? nullptr : std::make_unique<InterpolationNetworks>(bytes);
}

// values, mask or null, rows, columns, minimum, maximum, bound, restored, threads, networks or null; bytes, or undefined
Napi::Value jsEncodeInterpolated(const Info& info) {
  return guard(info.Env(), [&]() -> Napi::Value {
    const auto mask = arrayOrNothing<uint8_t>(info, 1, "mask");
    const uint32_t rows = side(info, 2, "rows"), columns = side(info, 3, "columns");
    const ValueInterval interval{number(info, 4, "minimum"), number(info, 5, "maximum")};
    const double bound = number(info, 6, "bound");
    const uint32_t threads = integer(info, 8, "threads", 1, 1024);
    const auto networks = networksOrNothing(info, 9);
    const auto encode = [&]<typename T>(std::span<const T> values, std::span<T> restored) -> Napi::Value {
      const auto bytes = encodeInterpolated(values, mask, rows, columns, interval, bound, restored, threads, networks.get());
      return bytes.empty() ? info.Env().Undefined() : bytesToJs(info.Env(), bytes);
    };
    if (isArray<double>(info[0])) {
      return encode(std::span<const double>(array<double>(info, 0, "values")), array<double>(info, 7, "restored"));
    }
    return encode(std::span<const float>(array<float>(info, 0, "values")), array<float>(info, 7, "restored"));
  });
}

// bytes, mask or null, rows, columns, minimum, maximum, values, networks or null
Napi::Value jsDecodeInterpolated(const Info& info) {
  return guard(info.Env(), [&] {
    const auto bytes = array<uint8_t>(info, 0, "bytes");
    const auto mask = arrayOrNothing<uint8_t>(info, 1, "mask");
    const uint32_t rows = side(info, 2, "rows"), columns = side(info, 3, "columns");
    const ValueInterval interval{number(info, 4, "minimum"), number(info, 5, "maximum")};
    const auto networks = networksOrNothing(info, 7);
    if (isArray<double>(info[6])) {
      decodeInterpolated(bytes, mask, rows, columns, interval, array<double>(info, 6, "values"), networks.get());
    } else {
      decodeInterpolated(bytes, mask, rows, columns, interval, array<float>(info, 6, "values"), networks.get());
    }
    return info.Env().Undefined();
  });
}

}  // namespace

void exportInterpolate(Napi::Env env, Napi::Object exports) {
  exports.Set("encodeInterpolated", Napi::Function::New(env, jsEncodeInterpolated, "encodeInterpolated"));
  exports.Set("decodeInterpolated", Napi::Function::New(env, jsDecodeInterpolated, "decodeInterpolated"));
}

}  // namespace fieldzip::addon
