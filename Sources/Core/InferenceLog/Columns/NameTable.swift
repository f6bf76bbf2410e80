import Foundation
import Tensors

/// Numbers the names of members in the order of their appearance.
///
/// Most lines have the same members in the same order, so the name after the last one is tried first.
struct NameTable {
    /// The number of names to keep.
    let limit: Int
    private(set) var names: [String] = []
    private var bytes: [[UInt8]] = []
    private var indices: [String: Int] = [:]
    private var next = 0
    /// A name that was not kept, because there are too many.
    private(set) var refused: String?

    init(limit: Int) { self.limit = limit }

    /// Returns `nil` if there are too many names.
    mutating func index(of name: JSONName) -> Int? {
        if case .plain(let text) = name, next < bytes.count, Self.isSame(bytes[next], text) {
            let index = next
            next = index + 1 < bytes.count ? index + 1 : 0
            return index
        }
        return index(of: name.text)
    }

    mutating func index(of name: String) -> Int? {
        let index: Int
        if let known = indices[name] {
            index = known
        } else {
            guard names.count < limit else {
                refused = name
                return nil
            }
            index = names.count
            names.append(name)
            bytes.append(Array(name.utf8))
            indices[name] = index
        }
        next = index + 1 < names.count ? index + 1 : 0
        return index
    }

    private static func isSame(_ known: [UInt8], _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard known.count == text.count, let start = text.baseAddress else { return false }
        return known.withUnsafeBufferPointer { known in
            known.baseAddress.map { memcmp($0, start, known.count) == 0 } ?? true
        }
    }
}
