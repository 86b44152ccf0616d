#include "addon/values.h"

#include <span>

#include "addon/arguments.h"
#include "values/values.h"

namespace fieldzip::addon {
namespace {

using Info = Napi::CallbackInfo;

// Calls use with a span of the type that argument `index` has: doubles or, without more ado, floats.
template <typename Use>
Napi::Value withReals(const Info& info, size_t index, Use&& use) {
  return guard(info.Env(), [&]() -> Napi::Value {
    if (isArray<double>(info[index])) return use(std::span<const double>(array<double>(info, index, "values")));
    return use(std::span<const float>(array<float>(info, index, "values")));
  });
}

// values, fills
Napi::Value jsScanValues(const Info& info) {
  return withReals(info, 0, [&]<typename T>(std::span<const T> values) {
    const auto scan = scanValues(values, std::span<const T>(array<T>(info, 1, "fills")));
    auto result = Napi::Object::New(info.Env());
    result.Set("minimum", scan.minimum);
    result.Set("maximum", scan.maximum);
    result.Set("missing", scan.missing);
    return result;
  });
}

// values, fills, most, classes; the patterns, or undefined if there are more
Napi::Value jsClassifyMissing(const Info& info) {
  return withReals(info, 0, [&]<typename T>(std::span<const T> values) -> Napi::Value {
    const auto found = classifyMissing(values, std::span<const T>(array<T>(info, 1, "fills")), integer(info, 2, "most", 0, 255), array<uint8_t>(info, 3, "classes"));
    if (found.tooMany) return info.Env().Undefined();
    auto patterns = Napi::BigUint64Array::New(info.Env(), found.patterns.size());
    std::copy(found.patterns.begin(), found.patterns.end(), patterns.Data());
    return patterns;
  });
}

// values, mask or null, minimum, step, bound, integers, restored
Napi::Value jsToLattice(const Info& info) {
  return withReals(info, 0, [&]<typename T>(std::span<const T> values) {
    return Napi::Boolean::New(info.Env(), toLattice(values, std::span<const uint8_t>(arrayOrNothing<uint8_t>(info, 1, "mask")), number(info, 2, "minimum"), number(info, 3, "step"),
                                                    number(info, 4, "bound"), array<int32_t>(info, 5, "integers"), array<T>(info, 6, "restored")));
  });
}

// values, integers, minimum, step
Napi::Value jsFromLattice(const Info& info) {
  return guard(info.Env(), [&] {
    const auto put = [&](auto values) { fromLattice(std::span<const int32_t>(array<int32_t>(info, 1, "integers")), number(info, 2, "minimum"), number(info, 3, "step"), values); };
    if (isArray<double>(info[0])) put(array<double>(info, 0, "values"));
    else put(array<float>(info, 0, "values"));
    return info.Env().Undefined();
  });
}

// values, restored, mask or null, bound
Napi::Value jsKeepsBound(const Info& info) {
  return withReals(info, 0, [&]<typename T>(std::span<const T> values) {
    return Napi::Boolean::New(info.Env(), keepsBound(values, std::span<const T>(array<T>(info, 1, "restored")), std::span<const uint8_t>(arrayOrNothing<uint8_t>(info, 2, "mask")),
                                                     number(info, 3, "bound")));
  });
}

// values, restored, mask or null
Napi::Value jsRootMeanSquare(const Info& info) {
  return withReals(info, 0, [&]<typename T>(std::span<const T> values) {
    return Napi::Number::New(info.Env(), rootMeanSquare(values, std::span<const T>(array<T>(info, 1, "restored")), std::span<const uint8_t>(arrayOrNothing<uint8_t>(info, 2, "mask"))));
  });
}

}  // namespace

void exportValues(Napi::Env env, Napi::Object exports) {
  exports.Set("scanValues", Napi::Function::New(env, jsScanValues, "scanValues"));
  exports.Set("classifyMissing", Napi::Function::New(env, jsClassifyMissing, "classifyMissing"));
  exports.Set("toLattice", Napi::Function::New(env, jsToLattice, "toLattice"));
  exports.Set("fromLattice", Napi::Function::New(env, jsFromLattice, "fromLattice"));
  exports.Set("keepsBound", Napi::Function::New(env, jsKeepsBound, "keepsBound"));
  exports.Set("rootMeanSquare", Napi::Function::New(env, jsRootMeanSquare, "rootMeanSquare"));
}

}  // namespace fieldzip::addon
