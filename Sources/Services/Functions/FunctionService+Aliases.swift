package import Definitions

extension FunctionService {
    /// Gives a version of a function a name.
    ///
    /// - Parameter routing: Another version and its share of the events, from 0 to 1.
    package func addAlias(
        _ name: String,
        of function: String,
        version: String,
        description: String = "",
        routing: [String: Double] = [:]
    ) async throws -> FunctionAlias {
        guard Self.isAliasName(name) else { throw FunctionProblem.invalidName(name) }
        return try await change(function) { function in
            var alias = FunctionAlias(name: name, version: version, revision: Self.revision())
            alias.description = description
            alias.routing = routing
            try Self.check(alias, of: function)
            guard function.alias(name) == nil else {
                throw FunctionProblem.aliasExists(function: function.name, alias: name)
            }
            function.aliases.append(alias)
            return alias
        }
    }

    /// Changes an alias.
    ///
    /// - Parameter revision: The revision that the caller expects; `nil` for any.
    package func updateAlias(
        _ name: String,
        of function: String,
        revision: String? = nil,
        _ body: @Sendable (inout FunctionAlias) -> Void
    ) async throws -> FunctionAlias {
        try await change(function) { function in
            guard let index = function.aliases.firstIndex(where: { $0.name == name }) else {
                throw FunctionProblem.aliasNotFound(function: function.name, alias: name)
            }
            var alias = function.aliases[index]
            guard revision == nil || revision == alias.revision else { throw FunctionProblem.staleRevision }
            body(&alias)
            try Self.check(alias, of: function)
            alias.revision = Self.revision()
            function.aliases[index] = alias
            return alias
        }
    }

    /// Removes an alias with its URL and its policy. Does nothing if there is no such alias.
    package func removeAlias(_ name: String, of function: String) async throws {
        try await change(function) { function in
            function.aliases.removeAll { $0.name == name }
            function.urls.removeAll { $0.qualifier == name }
            function.permissions.removeAll { $0.qualifier == name }
        }
    }

    /// Whether a name can be that of an alias. Numbers are those of versions.
    package static func isAliasName(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count) && name.utf8.allSatisfy(isNameCharacter)
            && !name.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    static func check(_ alias: FunctionAlias, of function: Function) throws(FunctionProblem) {
        guard alias.routing.count <= 1 else {
            throw .invalidRouting(reason: "Number of items in AdditionalVersionWeights cannot be greater than 1")
        }
        for (version, weight) in alias.routing {
            guard (0...1).contains(weight) else { throw .invalidWeight(version: version, weight: weight) }
            guard version != alias.version else {
                throw .invalidRouting(
                    reason: "Invalid function version \(version). "
                        + "Function version \(version) is already included in routing configuration."
                )
            }
            guard version != Function.latest, alias.version != Function.latest else {
                throw .invalidRouting(
                    reason: "\(Function.latest) is not supported for an alias pointing to more than 1 version"
                )
            }
        }
        for version in [alias.version] + alias.routing.keys where function.version(version) == nil {
            throw .notFound(name: function.name, qualifier: version)
        }
    }
}
