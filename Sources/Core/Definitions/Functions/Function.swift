package import Foundation

/// A function: a user's code that runs on demand, with its numbered versions and the names that point to them.
package struct Function: Sendable, Codable, Equatable {
    /// The version that changes until it is published.
    package static let latest = "$LATEST"

    package let name: String
    /// Differs from the identifier of an earlier function of the same name.
    package let id: String
    package let createdAt: Date
    /// The region that its SDKs use.
    package var region = "us-east-1"
    package var code: FunctionVersion
    /// The published versions, oldest first.
    package var published: [FunctionVersion] = []
    /// The number of the last version that was published, whether it still exists or not.
    package var lastNumber = 0
    package var aliases: [FunctionAlias] = []
    package var urls: [FunctionURL] = []
    package var permissions: [FunctionPermission] = []
    /// Changes with the permissions.
    package var policyRevision = ""
    package var tags: [String: String] = [:]
    /// The most events that it handles at once, beyond which it refuses them; `nil` for the server's default, beyond which they
    /// wait.
    package var reservedConcurrency: Int?

    package init(name: String, id: String, createdAt: Date, code: FunctionVersion) {
        self.name = name
        self.id = id
        self.createdAt = createdAt
        self.code = code
    }

    /// All versions, the unpublished one first.
    package var versions: [FunctionVersion] { [code] + published }

    package func version(_ number: String) -> FunctionVersion? { versions.first { $0.number == number } }

    package func alias(_ name: String) -> FunctionAlias? { aliases.first { $0.name == name } }

    /// Returns the versions that a qualifier stands for with their shares of the events; `nil` if there is no such qualifier.
    ///
    /// - Parameter qualifier: A version's number, or the name of an alias; `nil` for the unpublished version.
    package func targets(of qualifier: String?) -> [(version: FunctionVersion, share: Double)]? {
        guard let qualifier else { return [(code, 1)] }
        if let version = version(qualifier) { return [(version, 1)] }
        guard let alias = alias(qualifier), let main = version(alias.version) else { return nil }
        let others = alias.routing.compactMap { number, share in version(number).map { ($0, share) } }
        return [(main, 1 - others.reduce(0) { $0 + $1.1 })] + others
    }
}

/// A version of a function: its code and its configuration. Only the version ``Function/latest`` changes.
package struct FunctionVersion: Sendable, Codable, Equatable {
    /// ``Function/latest``, or 1, 2 and so on.
    package var number: String
    package var configuration: FunctionConfiguration
    package var code: FunctionCode
    package var modifiedAt: Date
    /// Changes with everything else.
    package var revision: String

    package init(
        number: String,
        configuration: FunctionConfiguration,
        code: FunctionCode,
        modifiedAt: Date,
        revision: String
    ) {
        self.number = number
        self.configuration = configuration
        self.code = code
        self.modifiedAt = modifiedAt
        self.revision = revision
    }
}

/// An archive with a function's code, or with a layer.
package struct FunctionCode: Sendable, Codable, Hashable {
    /// The SHA-256 of the zip archive, in hexadecimal.
    package let digest: String
    package let byteCount: Int

    package init(digest: String, byteCount: Int) {
        self.digest = digest
        self.byteCount = byteCount
    }
}

/// A name that points to a version of a function, or splits the events between two.
package struct FunctionAlias: Sendable, Codable, Equatable {
    package let name: String
    package var version: String
    package var description = ""
    /// Another version and its share of the events, from 0 to 1.
    package var routing: [String: Double] = [:]
    package var revision: String

    package init(name: String, version: String, revision: String) {
        self.name = name
        self.version = version
        self.revision = revision
    }
}

/// An address under which a function answers HTTP requests.
package struct FunctionURL: Sendable, Codable, Equatable {
    /// The first label of its host name.
    package let id: String
    /// The alias that it leads to; `nil` for the unpublished version.
    package let qualifier: String?
    package var authType: String
    package var invokeMode = "BUFFERED"
    package var cors: CORSRules?
    package let createdAt: Date
    package var modifiedAt: Date

    package init(id: String, qualifier: String?, authType: String, createdAt: Date) {
        self.id = id
        self.qualifier = qualifier
        self.authType = authType
        self.createdAt = createdAt
        modifiedAt = createdAt
    }

    /// What pages of other origins may do.
    package struct CORSRules: Sendable, Codable, Equatable {
        package var allowCredentials: Bool?
        package var allowHeaders: [String]?
        package var allowMethods: [String]?
        package var allowOrigins: [String]?
        package var exposeHeaders: [String]?
        package var maxAge: Int?

        package init() {}
    }
}

/// A statement of a function's policy. It is stored and shown; nothing is enforced.
package struct FunctionPermission: Sendable, Codable, Equatable {
    package let id: String
    /// The version or the alias that it is about; `nil` for the function.
    package let qualifier: String?
    /// The statement as a JSON document.
    package let statement: String

    package init(id: String, qualifier: String?, statement: String) {
        self.id = id
        self.qualifier = qualifier
        self.statement = statement
    }
}
