import CProcesses

/// The memory allocator of this process.
package enum Allocator {
    /// Keeps freed buffers of bodies and files for reuse, because the kernel would have to clear the pages of newly mapped
    /// buffers each time.
    package static func keepBuffers() { roost_keep_buffers() }
}
