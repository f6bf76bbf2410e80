/// The name of a member, in the text that is being read.
package enum JSONName {
    case plain(UnsafeBufferPointer<UInt8>)
    case unescaped(String)

    package var text: String {
        switch self {
        case .plain(let bytes): String(decoding: bytes, as: UTF8.self)
        case .unescaped(let text): text
        }
    }

    /// Matches a name in a `switch`, without making a string of it.
    @inline(__always)
    package static func ~= (known: StaticString, name: JSONName) -> Bool {
        switch name {
        case .plain(let bytes):
            guard bytes.count == known.utf8CodeUnitCount else { return false }
            for index in 0..<bytes.count where bytes[index] != known.utf8Start[index] { return false }
            return true
        case .unescaped(let text): return text == "\(known)"
        }
    }
}
