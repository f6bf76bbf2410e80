import Buckets
import Definitions
import WorkThreads

/// The bytes of an object as pieces of a response. If the disk has lost some, the response breaks off.
struct ObjectPieces: AsyncSequence {
    private static let byteCount = 256 << 10

    let object: OpenObject

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let object: OpenObject
        private var position = 0

        fileprivate init(_ object: OpenObject) { self.object = object }

        mutating func next() async throws -> [UInt8]? {
            let rest = object.record.byteCount - position
            guard rest > 0 else { return nil }
            let piece = try await offload { [object, position] in
                try object.bytes(at: position, byteCount: Swift.min(ObjectPieces.byteCount, rest))
            }
            position += piece.count
            return piece
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(object) }
}
