// TensorFlow's C API (libtensorflow_cc.so.2).
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct TF_Status TF_Status;
typedef struct TF_Graph TF_Graph;
typedef struct TF_Session TF_Session;
typedef struct TF_SessionOptions TF_SessionOptions;
typedef struct TF_Operation TF_Operation;
typedef struct TF_Tensor TF_Tensor;

typedef struct TF_Buffer {
    const void *data;
    size_t length;
    void (*data_deallocator)(void *data, size_t length);
} TF_Buffer;

typedef struct TF_Output {
    TF_Operation *oper;
    int index;
} TF_Output;

// 24 opaque bytes.
typedef struct TF_TString {
    uint64_t words[3];
} TF_TString;

typedef const char *(*TF_VersionFunction)(void);
typedef TF_Status *(*TF_NewStatusFunction)(void);
typedef void (*TF_DeleteStatusFunction)(TF_Status *status);
typedef int (*TF_GetCodeFunction)(const TF_Status *status);
typedef const char *(*TF_MessageFunction)(const TF_Status *status);
typedef TF_Buffer *(*TF_NewBufferFunction)(void);
typedef void (*TF_DeleteBufferFunction)(TF_Buffer *buffer);
typedef TF_Graph *(*TF_NewGraphFunction)(void);
typedef void (*TF_DeleteGraphFunction)(TF_Graph *graph);
typedef TF_SessionOptions *(*TF_NewSessionOptionsFunction)(void);
typedef void (*TF_DeleteSessionOptionsFunction)(TF_SessionOptions *options);
typedef void (*TF_SetConfigFunction)(TF_SessionOptions *options, const void *proto, size_t length, TF_Status *status);
typedef TF_Session *(*TF_LoadSessionFromSavedModelFunction)(const TF_SessionOptions *options,
                                                            const TF_Buffer *run_options, const char *folder,
                                                            const char *const *tags, int tag_count, TF_Graph *graph,
                                                            TF_Buffer *meta_graph, TF_Status *status);
typedef void (*TF_CloseSessionFunction)(TF_Session *session, TF_Status *status);
typedef void (*TF_DeleteSessionFunction)(TF_Session *session, TF_Status *status);
typedef TF_Operation *(*TF_GraphOperationByNameFunction)(TF_Graph *graph, const char *name);
typedef int (*TF_OperationNumOutputsFunction)(TF_Operation *operation);
typedef void (*TF_SessionRunFunction)(TF_Session *session, const TF_Buffer *run_options, const TF_Output *inputs,
                                      TF_Tensor *const *input_values, int input_count, const TF_Output *outputs,
                                      TF_Tensor **output_values, int output_count,
                                      const TF_Operation *const *targets, int target_count, TF_Buffer *metadata,
                                      TF_Status *status);
typedef TF_Tensor *(*TF_AllocateTensorFunction)(int type, const int64_t *shape, int rank, size_t byte_count);
typedef void (*TF_DeleteTensorFunction)(TF_Tensor *tensor);
typedef int (*TF_TensorTypeFunction)(const TF_Tensor *tensor);
typedef int (*TF_NumDimsFunction)(const TF_Tensor *tensor);
typedef int64_t (*TF_DimFunction)(const TF_Tensor *tensor, int index);
typedef size_t (*TF_TensorByteSizeFunction)(const TF_Tensor *tensor);
typedef void *(*TF_TensorDataFunction)(const TF_Tensor *tensor);
typedef void (*TF_StringInitFunction)(TF_TString *string);
typedef void (*TF_StringCopyFunction)(TF_TString *string, const char *bytes, size_t length);
typedef const char *(*TF_StringGetDataPointerFunction)(const TF_TString *string);
typedef size_t (*TF_StringGetSizeFunction)(const TF_TString *string);
typedef void (*TF_StringDeallocFunction)(TF_TString *string);
