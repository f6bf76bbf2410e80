#include "CProcesses.h"

#ifdef __GLIBC__

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

enum { KEPT_AT_TOP = 16 << 20, TRIMMED_AT_TOP = 128 << 10 };

static int malloc_heap_count = 1;

void roost_keep_buffers(int heap_count) {
    malloc_heap_count = heap_count;
    // By default there are eight per core, each with free pages of its own.
    mallopt(M_ARENA_MAX, heap_count);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, KEPT_AT_TOP);
}

// malloc_trim() returns free pages everywhere but at the top of a heap other than the first: only freeing a large block in that
// heap does. While this thread has its heap, the next one gets another, so `left` threads reach as many heaps.
static void *trim_tops(void *left) {
    // Volatile, because a compiler may leave out an allocation that is not used.
    void *volatile block = malloc(TRIMMED_AT_TOP);
    intptr_t rest = (intptr_t)left - 1;
    pthread_attr_t attributes;
    if (rest > 0 && pthread_attr_init(&attributes) == 0) {
        pthread_t next;
        pthread_attr_setstacksize(&attributes, 256 << 10);
        if (pthread_create(&next, &attributes, trim_tops, (void *)rest) == 0) pthread_join(next, NULL);
        pthread_attr_destroy(&attributes);
    }
    free(block);
    return NULL;
}

void roost_give_back_memory(void) {
    malloc_trim(0);
    mallopt(M_TRIM_THRESHOLD, TRIMMED_AT_TOP);
    // One more: the calling thread has a heap already, and may get it again.
    trim_tops((void *)(intptr_t)(malloc_heap_count + 1));
    mallopt(M_TRIM_THRESHOLD, KEPT_AT_TOP);
}

size_t roost_free_memory(void) { return mallinfo2().fordblks; }

#else

void roost_keep_buffers(int heap_count) { (void)heap_count; }
void roost_give_back_memory(void) {}
size_t roost_free_memory(void) { return 0; }

#endif
