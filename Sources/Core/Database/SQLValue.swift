/// An argument of a statement: a string, an integer, a number, a Boolean, bytes, or an optional of these.
package protocol SQLValue: Sendable {
    var stored: StoredValue { get }
}

/// What a column contains.
package enum StoredValue: Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
}

extension String: SQLValue {
    package var stored: StoredValue { .text(self) }
}

extension Int: SQLValue {
    package var stored: StoredValue { .integer(Int64(self)) }
}

extension Int64: SQLValue {
    package var stored: StoredValue { .integer(self) }
}

extension Double: SQLValue {
    package var stored: StoredValue { .real(self) }
}

extension Bool: SQLValue {
    package var stored: StoredValue { .integer(self ? 1 : 0) }
}

extension [UInt8]: SQLValue {
    package var stored: StoredValue { .bytes(self) }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    package var stored: StoredValue { self?.stored ?? .null }
}
