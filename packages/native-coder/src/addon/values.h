#pragma once

#include <napi.h>

namespace fieldzip::addon {

// The functions of src/values.
void exportValues(Napi::Env env, Napi::Object exports);

}  // namespace fieldzip::addon
