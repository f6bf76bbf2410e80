/// The name of a member, in the text that is being read.
@usableFromInline
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
    @inlinable
    package static func ~= (known: StaticString, name: JSONName) -> Bool {
        switch name {
        case .plain(let bytes):
            bytes.count == known.utf8CodeUnitCount && isSame(bytes, known)
        case .unescaped(let text): text == "\(known)"
        }
    }

    /// Compares as many bytes.
    @usableFromInline
    static func isSame(_ bytes: UnsafeBufferPointer<UInt8>, _ known: StaticString) -> Bool {
        for index in 0..<bytes.count where bytes[index] != known.utf8Start[index] { return false }
        return true
    }
}
