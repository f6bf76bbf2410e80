#include "CRuntimes.h"

// The positions in ONNX Runtime's table are its ABI. A mistake in the declarations must not compile.
#define POSITION(member, index) _Static_assert(offsetof(OrtApi, member) == (index) * sizeof(void *), #member)
POSITION(GetErrorCode, 1);
POSITION(GetErrorMessage, 2);
POSITION(DisableTelemetryEvents, 6);
POSITION(CreateSession, 7);
POSITION(Run, 9);
POSITION(CreateSessionOptions, 10);
POSITION(DisableCpuMemArena, 19);
POSITION(SetSessionGraphOptimizationLevel, 23);
POSITION(SessionGetInputCount, 30);
POSITION(SessionGetOutputTypeInfo, 34);
POSITION(SessionGetInputName, 36);
POSITION(CreateRunOptions, 39);
POSITION(RunOptionsSetTerminate, 46);
POSITION(CreateTensorAsOrtValue, 48);
POSITION(GetStringTensorContent, 54);
POSITION(CastTypeInfoToTensorInfo, 55);
POSITION(GetTensorElementType, 60);
POSITION(GetTensorTypeAndShape, 65);
POSITION(GetValueType, 67);
POSITION(CreateCpuMemoryInfo, 69);
POSITION(AllocatorFree, 76);
POSITION(GetAllocatorWithDefaultOptions, 78);
POSITION(GetValue, 80);
POSITION(ReleaseEnv, 92);
POSITION(ReleaseRunOptions, 97);
POSITION(ReleaseSessionOptions, 100);
POSITION(CreateEnvWithGlobalThreadPools, 119);
POSITION(CreateThreadingOptions, 121);
POSITION(SetGlobalIntraOpNumThreads, 147);
POSITION(SetGlobalSpinControl, 149);
