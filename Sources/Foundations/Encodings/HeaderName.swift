extension String {
    /// Whether this is the header `name`, which is in lower case and has the same number of bytes.
    @inlinable
    package func isHeader(_ name: StaticString) -> Bool {
        var other = name.utf8Start
        for byte in utf8 {
            guard byte | 0x20 == other.pointee | 0x20 else { return false }
            other += 1
        }
        return true
    }
}
