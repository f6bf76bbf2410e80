import CProcesses

/// The memory allocator of this process.
package enum Allocator {
    /// Has freed buffers of bodies and of files kept for the next ones: those that are mapped anew are cleared by the kernel,
    /// page by page, each time.
    package static func keepBuffers() { roost_keep_buffers() }
}
