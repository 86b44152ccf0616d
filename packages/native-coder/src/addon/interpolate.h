#pragma once

#include <napi.h>

namespace fieldzip::addon {

// The functions of src/interpolate.
void exportInterpolate(Napi::Env env, Napi::Object exports);

}  // namespace fieldzip::addon
