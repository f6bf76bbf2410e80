// C declarations of the runtime functions that Roost calls. None of them is linked: the libraries are loaded with
// dlopen when a model first needs them, and the functions are found with dlsym.
#pragma once

#include "onnxruntime.h"
#include "tensorflow.h"
#include "xgboost.h"
