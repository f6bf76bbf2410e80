import Catalog
package import Definitions
package import Foundation
import Processes
import Synchronization

/// What a function becomes. Without a value, a new function gets the default, and an existing one stays as it is.
package struct FunctionChange: Sendable {
    package enum Concurrency: Sendable, Equatable {
        /// The server's default.
        case standard
        case reserved(Int)
    }

    package var runtime: String?
    package var handler: String?
    package var timeout: Int?
    package var memory: Int?
    package var storage: Int?
    package var description: String?
    package var environment: [String: String]?
    package var concurrency: Concurrency?
    package var code: FunctionCodeSource?

    package init() {}

    fileprivate func apply(to configuration: inout FunctionConfiguration) {
        if let runtime { configuration.runtime = runtime }
        if let handler { configuration.handler = handler }
        if let timeout { configuration.timeout = timeout }
        if let memory { configuration.memory = memory }
        if let storage { configuration.storage = storage }
        if let description { configuration.description = description }
        if let environment { configuration.environment = environment }
    }
}

extension FunctionService {
    /// The newest Python.
    package static let defaultRuntime = "python3.\(FunctionRuntime.pythons.upperBound)"
    /// The file in the archive of a function whose code is a single text, and the function in it that handles events by default.
    package static let sourceFile = "function.py"
    package static let defaultHandler = "function.handler"

    /// Creates a function, or changes its code and its configuration in one step.
    ///
    /// - Returns: The function, and whether it is new.
    package func put(
        _ name: String,
        _ change: FunctionChange,
        at time: Date = Date()
    ) async throws -> (function: Function, isNew: Bool) {
        guard Self.isName(name) else { throw FunctionProblem.invalidName(name) }
        return try await changes.pass {
            let (known, count) = state.withLock { ($0.functions[name], $0.functions.count) }
            guard known != nil || count < Self.functionLimit else {
                throw FunctionProblem.tooManyFunctions(limit: Self.functionLimit)
            }
            if case .reserved(let count) = change.concurrency { try check(concurrency: count, of: name) }
            var configuration =
                known?.code.configuration
                ?? FunctionConfiguration(runtime: Self.defaultRuntime, handler: Self.defaultHandler)
            change.apply(to: &configuration)
            configuration = try checked(configuration)
            guard let code = try await store(change.code, of: known) else {
                throw RoostError(
                    .invalidInput,
                    "Function '\(name)' does not exist. To create it, pass its code: a zip archive in 'code', or the text of a "
                        + "Python file in 'source'.",
                    field: "code"
                )
            }
            let version = FunctionVersion(
                number: Function.latest,
                configuration: configuration,
                code: code,
                modifiedAt: time,
                revision: Self.revision()
            )
            var function = known ?? Function(name: name, id: Self.revision(), createdAt: time, code: version)
            // What stays as it is keeps its processes.
            if function.code.code != code || function.code.configuration != configuration { function.code = version }
            switch change.concurrency {
            case .standard: function.reservedConcurrency = nil
            case .reserved(let number): function.reservedConcurrency = number
            case nil: break
            }
            try await record(function)
            removeUnusedArchives()
            return (function, known == nil)
        }
    }

    private func store(_ source: FunctionCodeSource?, of known: Function?) async throws -> FunctionCode? {
        guard let source else { return known?.code.code }
        return try await store(source)
    }
}
