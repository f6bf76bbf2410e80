package import Definitions

/// The statements about a function, or about one of its versions or aliases.
package struct FunctionPolicy: Sendable, Equatable {
    /// JSON documents.
    package let statements: [String]
    package let revision: String
}

extension FunctionService {
    /// Bytes of a policy, as in AWS.
    static let policyLimit = 20_480

    /// Adds a statement to the policy of a function, or of one of its versions or aliases.
    ///
    /// - Parameter revision: The revision that the caller expects; `nil` for any.
    package func addPermission(
        _ permission: FunctionPermission,
        to name: String,
        revision: String? = nil
    ) async throws {
        try await change(name) { function in
            let qualifier = permission.qualifier
            try Self.checkPolicy(qualifier, of: function, revision: revision)
            let policy = function.permissions.filter { $0.qualifier == qualifier }
            guard !policy.contains(where: { $0.id == permission.id }) else {
                throw FunctionProblem.statementExists(id: permission.id)
            }
            let byteCount = policy.reduce(permission.statement.utf8.count) { $0 + $1.statement.utf8.count }
            guard byteCount <= Self.policyLimit else {
                throw FunctionProblem.policyTooLong(byteCount: byteCount, limit: Self.policyLimit)
            }
            function.permissions.append(permission)
            Self.touchPolicy(qualifier, of: &function)
        }
    }

    /// Removes a statement from the policy of a function, or of one of its versions or aliases.
    package func removePermission(
        _ id: String,
        qualifier: String?,
        from name: String,
        revision: String? = nil
    ) async throws {
        try await change(name) { function in
            try Self.checkPolicy(qualifier, of: function, revision: nil)
            let policy = function.permissions.filter { $0.qualifier == qualifier }
            guard policy.contains(where: { $0.id == id }) else {
                throw FunctionProblem.statementNotFound(id: id, hasPolicy: !policy.isEmpty)
            }
            try Self.checkPolicy(qualifier, of: function, revision: revision)
            function.permissions.removeAll { $0.id == id && $0.qualifier == qualifier }
            Self.touchPolicy(qualifier, of: &function)
        }
    }

    /// Returns the policy of a function, or of one of its versions or aliases; `nil` if it has no statements.
    package func policy(of name: String, qualifier: String?) throws(FunctionProblem) -> FunctionPolicy? {
        let function = try function(named: name)
        let statements = function.permissions.filter { $0.qualifier == qualifier }.map(\.statement)
        guard !statements.isEmpty else { return nil }
        let revision = qualifier.flatMap { function.alias($0)?.revision ?? function.version($0)?.revision }
        return FunctionPolicy(statements: statements, revision: revision ?? function.policyRevision)
    }

    private static func checkPolicy(
        _ qualifier: String?,
        of function: Function,
        revision: String?
    ) throws(FunctionProblem) {
        let current: [String]
        if let qualifier {
            guard qualifier != Function.latest else { throw .policyOfLatest }
            guard let found = function.alias(qualifier)?.revision ?? function.version(qualifier)?.revision else {
                throw isAliasName(qualifier)
                    ? .aliasNotFound(function: function.name, alias: qualifier)
                    : .notFound(name: function.name, qualifier: qualifier)
            }
            current = [found]
        } else {
            // Publishing or changing the function afterwards gives it another revision than its policy's.
            current = [function.code.revision, function.policyRevision]
        }
        guard revision.map(current.contains) ?? true else { throw .staleRevision }
    }

    /// Gives what a policy is about a new revision.
    private static func touchPolicy(_ qualifier: String?, of function: inout Function) {
        let revision = revision()
        if let index = function.aliases.firstIndex(where: { $0.name == qualifier }) {
            function.aliases[index].revision = revision
        } else if let index = function.published.firstIndex(where: { $0.number == qualifier }) {
            function.published[index].revision = revision
        } else {
            function.code.revision = revision
            function.policyRevision = revision
        }
    }
}
