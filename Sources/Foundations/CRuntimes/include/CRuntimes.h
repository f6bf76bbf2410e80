// C declarations of the few functions of each runtime that Roost calls. None of them is linked: the libraries are
// loaded with dlopen when a model first needs them, and these types say how to call what dlsym finds.
#pragma once

#include "onnxruntime.h"
#include "tensorflow.h"
#include "xgboost.h"

/// Gives memory that was freed back to the system, where the C library can do that.
void roost_give_back_memory(void);
