package import Foundation

/// What a user declares of a function besides its code.
package struct FunctionConfiguration: Sendable, Codable, Equatable {
    /// Seconds from the moment that a process gets an event.
    package static let timeouts = 1...900
    /// Megabytes of memory.
    package static let memories = 128...10240
    /// Megabytes of temporary files.
    package static let storages = 512...10240
    package static let layerLimit = 5

    package var runtime: String
    /// `MODULE.FUNCTION`.
    package var handler: String
    package var role = ""
    package var description = ""
    package var timeout = 3
    package var memory = 128
    package var storage = 512
    package var environment: [String: String] = [:]
    package var layers: [LayerReference] = []
    package var architecture = "x86_64"
    /// Whether the runtime writes its log lines as JSON objects.
    package var logsJSON = false
    package var logLevel: String?
    package var tracing = "PassThrough"

    package init(runtime: String, handler: String) {
        self.runtime = runtime
        self.handler = handler
    }
}

/// A version of a layer.
package struct LayerReference: Sendable, Codable, Hashable {
    package let name: String
    package let number: Int
    /// Its archive, which functions keep even if the version is removed. Set when the function is recorded.
    package var code: FunctionCode?

    package init(name: String, number: Int) {
        self.name = name
        self.number = number
    }
}

/// A layer: files that several functions share, in numbered versions.
package struct FunctionLayer: Sendable, Codable, Equatable {
    package struct Version: Sendable, Codable, Equatable {
        package let number: Int
        package let code: FunctionCode
        package var description = ""
        package var runtimes: [String] = []
        package var architectures: [String] = []
        package var license: String?
        package let createdAt: Date

        package init(number: Int, code: FunctionCode, createdAt: Date) {
            self.number = number
            self.code = code
            self.createdAt = createdAt
        }
    }

    package let name: String
    package var versions: [Version] = []
    /// The number of the last version, whether it still exists or not.
    package var lastNumber = 0

    package init(name: String) { self.name = name }
}
