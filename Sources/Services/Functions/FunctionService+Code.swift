import Archives
import Buckets
import Catalog
package import Definitions
package import Foundation
import Processes
import Storage
import Synchronization
import WorkThreads

/// Where the code of a function or a layer comes from.
package enum FunctionCodeSource: Sendable {
    /// The bytes of a zip archive.
    case zip(Data)
    /// An object with a zip archive.
    case object(ObjectURI)
    /// The text of a Python file, which becomes ``FunctionService/sourceFile`` in an archive.
    case source(String)
}

/// A function to create.
package struct NewFunction: Sendable {
    package var name: String
    package var configuration: FunctionConfiguration
    package var code: FunctionCodeSource
    package var tags: [String: String] = [:]
    /// The region that its SDKs use; `nil` for the default.
    package var region: String?
    /// Whether it gets its first version at once.
    package var isPublished = false

    package init(name: String, configuration: FunctionConfiguration, code: FunctionCodeSource) {
        self.name = name
        self.configuration = configuration
        self.code = code
    }
}

extension FunctionService {
    /// Creates a function.
    ///
    /// - Returns: The function as it is recorded.
    package func create(_ new: NewFunction, at time: Date = Date()) async throws -> Function {
        guard Self.isName(new.name) else { throw FunctionProblem.invalidName(new.name) }
        try Self.check(tags: new.tags)
        let configuration = try checked(new.configuration)
        return try await changes.pass {
            let (isKnown, count) = state.withLock { ($0.functions[new.name] != nil, $0.functions.count) }
            guard !isKnown else { throw FunctionProblem.alreadyExists(name: new.name) }
            guard count < Self.functionLimit else { throw FunctionProblem.tooManyFunctions(limit: Self.functionLimit) }
            let code = try await store(new.code)
            let version = FunctionVersion(
                number: Function.latest,
                configuration: configuration,
                code: code,
                modifiedAt: time,
                revision: Self.revision()
            )
            var function = Function(name: new.name, id: Self.revision(), createdAt: time, code: version)
            function.tags = new.tags
            if let region = new.region { function.region = region }
            if new.isPublished { Self.publish(&function, description: nil) }
            try await record(function)
            return function
        }
    }

    /// Changes a function's code.
    ///
    /// - Parameter isDryRun: Whether the code is only checked.
    /// - Returns: The unpublished version or, if it is published too, the published one.
    package func updateCode(
        of name: String,
        _ source: FunctionCodeSource,
        revision: String? = nil,
        architecture: String? = nil,
        isPublished: Bool = false,
        isDryRun: Bool = false,
        at time: Date = Date()
    ) async throws -> FunctionVersion {
        try await changes.pass {
            var function = try self.function(named: name)
            try Self.check(revision, function.code.revision)
            let code = try await store(source)
            function.code.code = code
            if let architecture { function.code.configuration.architecture = architecture }
            Self.touch(&function, time)
            guard !isDryRun else {
                let checked = function.code
                removeUnusedArchives()
                return checked
            }
            let version = isPublished ? Self.publish(&function, description: nil) : function.code
            try await record(function)
            removeUnusedArchives()
            return version
        }
    }

    /// Changes a function's configuration.
    package func updateConfiguration(
        of name: String,
        revision: String? = nil,
        at time: Date = Date(),
        _ change: @Sendable (inout FunctionConfiguration) -> Void
    ) async throws -> FunctionVersion {
        try await self.change(name) { function in
            try Self.check(revision, function.code.revision)
            var configuration = function.code.configuration
            change(&configuration)
            function.code.configuration = try self.checked(configuration)
            Self.touch(&function, time)
            return function.code
        }
    }

    /// Publishes the current code and configuration as a new version, or returns the last one if nothing has changed since.
    ///
    /// - Parameters:
    ///   - digest: The SHA-256 that the code must have, in hexadecimal.
    ///   - description: Replaces the description in the version.
    package func publish(
        _ name: String,
        digest: String? = nil,
        description: String? = nil,
        revision: String? = nil
    ) async throws -> FunctionVersion {
        try await change(name) { function in
            try Self.check(revision, function.code.revision)
            let current = function.code.code.digest
            if let digest, digest != current { throw FunctionProblem.otherCode(given: digest, current: current) }
            return Self.publish(&function, description: description)
        }
    }

    /// Stores a new version of a layer.
    package func publishLayer(
        _ name: String,
        _ source: FunctionCodeSource,
        at time: Date = Date(),
        _ describe: @Sendable (inout FunctionLayer.Version) -> Void
    ) async throws -> FunctionLayer.Version {
        guard Self.isName(name) else { throw FunctionProblem.invalidName(name) }
        return try await changes.pass {
            let (known, count) = state.withLock { ($0.layers[name], $0.layers.count) }
            guard count < Self.functionLimit else { throw FunctionProblem.tooManyFunctions(limit: Self.functionLimit) }
            var layer = known ?? FunctionLayer(name: name)
            let code = try await store(source)
            layer.lastNumber += 1
            var version = FunctionLayer.Version(number: layer.lastNumber, code: code, createdAt: time)
            describe(&version)
            layer.versions.append(version)
            try await catalog.putFunctionLayer(layer)
            state.withLock { [layer] in $0.layers[name] = layer }
            return version
        }
    }

    package func layerVersion(_ reference: LayerReference) throws(FunctionProblem) -> FunctionLayer.Version {
        let versions = state.withLock { $0.layers[reference.name]?.versions }
        guard let version = versions?.first(where: { $0.number == reference.number }) else {
            throw .layerNotFound(reference)
        }
        return version
    }

    /// Removes a version of a layer. Functions that use it keep it.
    package func removeLayerVersion(_ reference: LayerReference) async throws {
        try await changes.pass {
            guard var layer = state.withLock({ $0.layers[reference.name] }) else { return }
            layer.versions.removeAll { $0.number == reference.number }
            try await catalog.putFunctionLayer(layer)
            state.withLock { [layer] in $0.layers[reference.name] = layer }
            removeUnusedArchives()
        }
    }

    // MARK: Rules

    static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    static func revision() -> String { UUID().uuidString.lowercased() }

    static func touch(_ function: inout Function, _ time: Date) {
        function.code.modifiedAt = time
        function.code.revision = revision()
    }

    private static func check(_ given: String?, _ current: String) throws(FunctionProblem) {
        guard given == nil || given == current else { throw .staleRevision }
    }

    @discardableResult
    private static func publish(_ function: inout Function, description: String?) -> FunctionVersion {
        var version = function.code
        if let description { version.configuration.description = description }
        if let last = function.published.last, last.code == version.code,
            last.configuration == version.configuration
        {
            return last
        }
        function.lastNumber += 1
        version.number = String(function.lastNumber)
        version.revision = revision()
        function.published.append(version)
        return version
    }

    /// Checks a configuration: its runtime, its handler, its numbers, its variables and its layers, and finds the layers' archives.
    func checked(_ configuration: FunctionConfiguration) throws(FunctionProblem) -> FunctionConfiguration {
        let runtime = try FunctionRuntime(configuration.runtime)
        guard runtime.canHave(handler: configuration.handler) else { throw .invalidHandler(configuration.handler) }
        let numbers = [
            ("timeout", configuration.timeout, FunctionConfiguration.timeouts),
            ("memorySize", configuration.memory, FunctionConfiguration.memories),
            ("ephemeralStorage", configuration.storage, FunctionConfiguration.storages),
        ]
        for (member, value, range) in numbers where !range.contains(value) {
            throw .outOfRange(member: member, value: value, range: range)
        }
        try FunctionEnvironment.check(configuration.environment)
        guard configuration.layers.count <= FunctionConfiguration.layerLimit else {
            throw .tooManyLayers(limit: FunctionConfiguration.layerLimit)
        }
        var result = configuration
        var names: Set<String> = []
        for (place, layer) in configuration.layers.enumerated() {
            guard names.insert(layer.name).inserted else { throw .layerTwice(layer.name) }
            guard layer.code == nil else { continue }
            result.layers[place].code = try layerVersion(layer).code
        }
        return result
    }

    // MARK: Archives

    /// Checks an archive and stores it.
    func store(_ source: FunctionCodeSource) async throws -> FunctionCode {
        let copy: LocalObject?
        switch source {
        case .zip(let data):
            guard data.count <= Self.archiveLimit else {
                throw FunctionProblem.archiveTooLarge(limit: Self.archiveLimit)
            }
            copy = nil
        case .source(let text):
            guard text.utf8.count <= Self.archiveLimit else {
                throw FunctionProblem.archiveTooLarge(limit: Self.archiveLimit)
            }
            copy = nil
        case .object(let uri):
            guard try await buckets.bucket(named: uri.bucket) != nil else {
                throw FunctionProblem.noSuchBucket(uri.bucket)
            }
            guard let object = try await buckets.object(at: uri) else { throw FunctionProblem.noSuchKey(uri.key) }
            guard object.byteCount <= Self.unpackedLimit else {
                throw FunctionProblem.unpackedTooLarge(limit: Self.unpackedLimit)
            }
            copy = try await buckets.localCopy(of: object)
        }
        return try await offload { [archives] in
            let upload = try archives.beginUpload()
            if let copy {
                let file = try Data(contentsOf: URL(filePath: copy.path), options: .alwaysMapped)
                try file.withUnsafeBytes { bytes throws in try upload.append(bytes) }
            } else if case .zip(let data) = source {
                try data.withUnsafeBytes { bytes throws in try upload.append(bytes) }
            } else if case .source(let text) = source {
                let archive = try ZipArchive.pack(Array(text.utf8), as: Self.sourceFile)
                try archive.withUnsafeBytes { bytes throws in try upload.append(bytes) }
            }
            try FunctionArchive.check(upload.fileToInspect)
            let stored = try upload.finish()
            return FunctionCode(digest: stored.digest, byteCount: stored.byteCount)
        }
    }
}
