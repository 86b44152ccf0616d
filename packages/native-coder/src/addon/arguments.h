// The one place that includes napi.h, and the checks at the door: every argument's type is checked before its memory is
// looked at.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "cdf/table_set.h"
#include "errors.h"

namespace fieldzip::addon {

// Runs a call of the core and gives its exceptions as JavaScript errors; the code tells corrupt data from misuse.
template <typename Call>
auto guard(Napi::Env env, Call call) {
  try {
    return call();
  } catch (const CorruptStream& error) {
    Napi::Error js = Napi::Error::New(env, error.what());
    js.Set("code", Napi::String::New(env, "FIELDZIP_CORRUPT_STREAM"));
    throw js;
  } catch (const std::invalid_argument& error) {
    throw Napi::RangeError::New(env, error.what());
  } catch (const std::bad_alloc&) {
    throw Napi::RangeError::New(env, "out of memory");
  } catch (const std::length_error&) {
    throw Napi::RangeError::New(env, "out of memory");
  }
}

template <typename T>
constexpr napi_typedarray_type arrayType() {
  if constexpr (std::is_same_v<T, uint8_t>) return napi_uint8_array;
  if constexpr (std::is_same_v<T, uint16_t>) return napi_uint16_array;
  if constexpr (std::is_same_v<T, uint32_t>) return napi_uint32_array;
  if constexpr (std::is_same_v<T, int32_t>) return napi_int32_array;
  if constexpr (std::is_same_v<T, int64_t>) return napi_bigint64_array;
  if constexpr (std::is_same_v<T, float>) return napi_float32_array;
  if constexpr (std::is_same_v<T, double>) return napi_float64_array;
}

template <typename T>
constexpr const char* arrayName() {
  if constexpr (std::is_same_v<T, uint8_t>) return "Uint8Array";
  if constexpr (std::is_same_v<T, uint16_t>) return "Uint16Array";
  if constexpr (std::is_same_v<T, uint32_t>) return "Uint32Array";
  if constexpr (std::is_same_v<T, int32_t>) return "Int32Array";
  if constexpr (std::is_same_v<T, int64_t>) return "BigInt64Array";
  if constexpr (std::is_same_v<T, float>) return "Float32Array";
  if constexpr (std::is_same_v<T, double>) return "Float64Array";
}

template <typename T>
bool isArray(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == arrayType<T>();
}

// A view of the caller's memory. It is valid for this call only: nothing may run JavaScript while it is in use.
template <typename T>
std::span<T> array(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!isArray<T>(info[index])) {
    throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a " + arrayName<T>());
  }
  auto view = info[index].As<Napi::TypedArrayOf<T>>();
  return {view.Data(), view.ElementLength()};
}

template <typename T>
std::span<T> arrayOrNothing(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (info[index].IsNull() || info[index].IsUndefined()) return {};
  return array<T>(info, index, name);
}

inline double number(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a number");
  return info[index].As<Napi::Number>().DoubleValue();
}

inline uint32_t integer(const Napi::CallbackInfo& info, size_t index, const char* name, uint32_t low, uint32_t high) {
  const double value = number(info, index, name);
  if (!(value >= low && value <= high) || value != std::floor(value)) {
    throw Napi::RangeError::New(info.Env(), std::string(name) + " must be an integer from " + std::to_string(low) +
                                                " to " + std::to_string(high));
  }
  return static_cast<uint32_t>(value);
}

inline constexpr napi_type_tag kTableSetTag = {0x5ab1e5e7f1e1d21bULL, 0x9d0c2f6be24a7c31ULL};

inline const TableSet& tableSet(const Napi::CallbackInfo& info, size_t index) {
  if (info[index].IsExternal()) {
    auto external = info[index].As<Napi::External<TableSet>>();
    if (external.CheckTypeTag(&kTableSetTag)) return *external.Data();
  }
  throw Napi::TypeError::New(info.Env(), "tables must be a table set");
}

inline Napi::Value bytesToJs(Napi::Env env, const std::vector<uint8_t>& bytes) {
  // Copied into the engine's own memory: some embedders refuse buffers that an addon owns.
  auto result = Napi::Uint8Array::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), result.Data());
  return result;
}

}  // namespace fieldzip::addon
