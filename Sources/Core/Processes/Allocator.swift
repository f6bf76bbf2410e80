import CProcesses
import Foundation

/// The memory allocator of this process.
package enum Allocator {
    /// Keeps freed buffers of bodies and files for reuse, because the kernel would have to clear the pages of newly mapped
    /// buffers each time. Call it once, at the start.
    package static func keepBuffers() {
        // As many heaps as threads that run at the same time: more would only keep more free pages.
        roost_keep_buffers(Int32(ProcessInfo.processInfo.activeProcessorCount))
    }

    /// Returns all freed memory to the system. Takes milliseconds, and the next large buffers are slower.
    package static func giveBack() { roost_give_back_memory() }

    /// The bytes that are free for reuse. It stays the same when their pages are returned to the system.
    static var freeByteCount: Int { roost_free_memory() }
}
