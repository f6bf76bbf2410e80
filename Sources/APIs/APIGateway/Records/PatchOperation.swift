import AWS

/// A change of a resource: `{"op": "replace", "path": "/name", "value": "pets"}`.
struct PatchOperation: Sendable {
    let name: String
    let path: String
    let value: String?
    /// The path's segments, with `~1` as a slash and `~0` as a tilde.
    let segments: [String]

    static func list(_ input: JSON) throws -> [PatchOperation] {
        try (input["patchOperations"]?.array ?? []).map { operation in
            guard let name = operation["op"]?.string, let path = operation["path"]?.string, path.hasPrefix("/") else {
                throw AWSError.badRequest("Invalid patch operation: it needs 'op', and a 'path' that begins with '/'.")
            }
            return PatchOperation(
                name: name,
                path: path,
                value: operation["value"]?.string,
                segments: path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
                    String($0.replacing("~1", with: "/").replacing("~0", with: "~"))
                }
            )
        }
    }

    /// Returns the error for a path that cannot be changed.
    ///
    /// - Parameter allowed: The paths that can.
    func invalid(_ allowed: String...) -> AWSError {
        .badRequest(
            "Invalid patch path  '\(path.prefix(200))' specified for op '\(name)'. Must be one of: "
                + "[\(allowed.joined(separator: ", "))]"
        )
    }

    /// Returns the new value of a member that may be absent: `nil` if it is removed.
    func optional() throws -> String? {
        switch name {
        case "remove": nil
        case "add", "replace": value
        default: throw invalidName("add, replace, remove")
        }
    }

    /// Returns the new value of a member that must be present.
    func replacement() throws -> String {
        guard name == "replace" || name == "add" else { throw invalidName("replace") }
        guard let value else { throw AWSError.badRequest("Invalid null or empty value in \(path.prefix(200))") }
        return value
    }

    func flag() throws -> Bool {
        switch try replacement() {
        case "true", "True": return true
        case "false", "False": return false
        default: throw AWSError.badRequest("Invalid value for \(path.prefix(200)): expected true or false.")
        }
    }

    func integer(_ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(try replacement()), range.contains(number) else {
            throw AWSError.badRequest(
                "Invalid value for \(path.prefix(200)): expected a number between \(range.lowerBound) and "
                    + "\(range.upperBound)."
            )
        }
        return number
    }

    /// Returns a rate: a number that is not negative, or -1 for none.
    func rate() throws -> Double {
        guard let number = Double(try replacement()), number.isFinite, number >= -1 else {
            throw AWSError.badRequest("Invalid value for \(path.prefix(200)): expected a number.")
        }
        return number
    }

    /// Changes an entry of a map.
    func change(_ map: inout [String: String]?, _ key: String) throws {
        var changed = map ?? [:]
        switch name {
        case "remove": changed[key] = nil
        case "add", "replace": changed[key] = value ?? ""
        default: throw invalidName("add, replace, remove")
        }
        map = changed.isEmpty ? nil : changed
    }

    /// Changes an entry of a map of booleans.
    func change(_ map: inout [String: Bool]?, _ key: String) throws {
        var changed = map ?? [:]
        changed[key] = name == "remove" ? nil : value.map { $0.lowercased() == "true" } ?? false
        map = changed.isEmpty ? nil : changed
    }

    private func invalidName(_ allowed: String) -> AWSError {
        .badRequest("Invalid patch operation '\(name)' for path '\(path.prefix(200))'. Must be one of: [\(allowed)]")
    }
}
