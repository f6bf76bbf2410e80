package import Definitions
package import Foundation

extension FunctionService {
    /// Gives a function or one of its aliases a URL.
    package func addURL(
        to name: String,
        qualifier: String?,
        authType: String,
        at time: Date = Date(),
        _ describe: @Sendable (inout FunctionURL) -> Void = { _ in }
    ) async throws -> FunctionURL {
        try await change(name) { function in
            try Self.checkURL(qualifier, of: function)
            guard !function.urls.contains(where: { $0.qualifier == qualifier }) else { throw FunctionProblem.urlExists }
            var url = FunctionURL(id: Self.urlID(), qualifier: qualifier, authType: authType, createdAt: time)
            describe(&url)
            function.urls.append(url)
            return url
        }
    }

    /// Changes the URL of a function or of one of its aliases.
    package func updateURL(
        of name: String,
        qualifier: String?,
        at time: Date = Date(),
        _ body: @Sendable (inout FunctionURL) -> Void
    ) async throws -> FunctionURL {
        try await change(name) { function in
            try Self.checkURL(qualifier, of: function)
            guard let index = function.urls.firstIndex(where: { $0.qualifier == qualifier }) else {
                throw FunctionProblem.urlNotFound
            }
            body(&function.urls[index])
            function.urls[index].modifiedAt = time
            return function.urls[index]
        }
    }

    package func removeURL(of name: String, qualifier: String?) async throws {
        try await change(name) { function in
            guard function.urls.contains(where: { $0.qualifier == qualifier }) else {
                throw FunctionProblem.urlNotFound
            }
            function.urls.removeAll { $0.qualifier == qualifier }
        }
    }

    /// Returns the URL of a function or of one of its aliases.
    package func url(of name: String, qualifier: String?) throws(FunctionProblem) -> FunctionURL {
        guard let url = try function(named: name).urls.first(where: { $0.qualifier == qualifier }) else {
            throw .urlNotFound
        }
        return url
    }

    private static func checkURL(_ qualifier: String?, of function: Function) throws(FunctionProblem) {
        guard qualifier.map({ function.alias($0) != nil }) ?? true else {
            throw .notFound(name: function.name, qualifier: qualifier)
        }
    }

    /// Returns a random label for a host name that nobody can guess.
    private static func urlID() -> String {
        String((0..<32).map { _ in urlCharacters.randomElement() ?? "0" })
    }

    private static let urlCharacters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
}
