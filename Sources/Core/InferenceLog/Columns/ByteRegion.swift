import Foundation
import Tensors

/// Bytes that stay readable as long as the value exists: a mapped file, also after it was deleted or replaced, or memory.
///
/// Sendable: nothing writes to the bytes once the region is shared.
final class ByteRegion: @unchecked Sendable {
    private enum Origin {
        case mapping
        case memory
    }

    private let memory: UnsafeMutableRawBufferPointer
    private let origin: Origin

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

    /// Maps a whole file; `nil` if it cannot be read.
    init?(mapping path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let count = Int(exactly: status.st_size)
        else { return nil }
        origin = .mapping
        guard count > 0 else {
            memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
            return nil
        }
        memory = UnsafeMutableRawBufferPointer(start: start, count: count)
    }

    /// Allocates memory, aligned to 64 bytes, and calls `body` to write all of it.
    init(byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        memory = AlignedMemory.allocate(byteCount: byteCount)
        origin = .memory
        body(memory)
    }

    deinit {
        switch origin {
        case .mapping: if let start = memory.baseAddress { munmap(start, memory.count) }
        case .memory: AlignedMemory.deallocate(memory)
        }
    }

    /// Gives back the memory of the mapped file's first bytes. They are read from the file again if they are needed.
    func release(upTo count: Int) {
        let pages = count & ~0xFFFF
        guard case .mapping = origin, let start = memory.baseAddress, pages > 0, pages <= memory.count else { return }
        madvise(start, pages, MADV_DONTNEED)
    }
}
