/// The rule for names of workspaces, models, pipelines and tags.
public enum Name {
    /// What a name must match.
    public static let pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"

    static func isAllowed(_ name: String) -> Bool {
        guard (1...63).contains(name.utf8.count) else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return name.utf8.first.map(isAlphanumeric) == true
            && name.utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
    }

    /// - Parameters:
    ///   - what: What the name is of, for the message: `"model name"`.
    ///   - field: The field of the request that it came in.
    /// - Returns: `name`, checked.
    @discardableResult
    public static func check(_ name: String, what: String, field: String) throws(RoostError) -> String {
        guard isAllowed(name) else {
            throw RoostError(
                .invalidInput,
                "'\(name.prefix(80))' cannot be a \(what): it must be 1 to 63 letters, digits, '.', '_' or '-', "
                    + "and start with a letter or digit.",
                field: field
            )
        }
        return name
    }
}
