package import Definitions
import Functions

extension RoostError {
    /// Words a problem with a function as the native API does.
    package init(_ problem: FunctionProblem) {
        switch problem {
        case .notFound, .aliasNotFound, .urlNotFound, .statementNotFound, .layerNotFound, .noSuchBucket, .noSuchKey:
            self = .missing(problem)
        case .alreadyExists, .aliasExists, .statementExists, .urlExists, .versionInUse, .staleRevision, .otherCode:
            self = .conflicting(problem)
        case .invalidEvent(let reason):
            self.init(.invalidInput, "The event is not valid JSON: \(reason).", field: "body")
        case .eventTooLarge(let limit):
            self.init(.tooLarge, "The event is larger than the limit of \(limit) bytes.", field: "body")
        case .busy(let isReserved):
            self.init(
                .busy,
                isReserved
                    ? "The function handles as many events as its concurrency allows. Try again later."
                    : "Too many events wait for the function. Try again later."
            )
        case .unavailable(let reason):
            self.init(.unavailable, Self.sentence("The function cannot run", reason))
        default: self = .invalid(problem)
        }
    }

    private static func missing(_ problem: FunctionProblem) -> RoostError {
        switch problem {
        case .notFound(let name, nil):
            RoostError(.notFound, "There is no function '\(name.prefix(100))'.", field: "function")
        case .notFound(let name, let qualifier?):
            RoostError(
                .notFound,
                "The function '\(name)' has no version or alias '\(qualifier.prefix(100))'.",
                field: "version"
            )
        case .aliasNotFound(let function, let alias):
            RoostError(.notFound, "The function '\(function)' has no alias '\(alias.prefix(100))'.", field: "alias")
        case .layerNotFound(let layer):
            RoostError(.notFound, "There is no version \(layer.number) of a layer '\(layer.name)'.", field: "layers")
        case .statementNotFound(let id, _):
            RoostError(.notFound, "The function's policy has no statement '\(id.prefix(100))'.", field: "statement")
        case .noSuchBucket(let name): RoostError(.notFound, "There is no bucket '\(name)'.", field: "code")
        case .noSuchKey(let key): RoostError(.notFound, "There is no object '\(key)'.", field: "code")
        default: RoostError(.notFound, "The function has no URL.", field: "url")
        }
    }

    private static func conflicting(_ problem: FunctionProblem) -> RoostError {
        switch problem {
        case .alreadyExists(let name): RoostError(.conflict, "Function '\(name)' already exists.", field: "function")
        case .aliasExists(let function, let alias):
            RoostError(.conflict, "The function '\(function)' already has an alias '\(alias)'.", field: "alias")
        case .statementExists(let id):
            RoostError(.conflict, "The function's policy already has a statement '\(id)'.", field: "statement")
        case .versionInUse(let alias):
            RoostError(.conflict, "The alias '\(alias)' still uses this version.", field: "version")
        case .staleRevision: RoostError(.conflict, "The function was changed in the meantime.", field: "revision")
        case .otherCode(_, let current):
            RoostError(.conflict, "The digest of the function's code is \(current).", field: "code")
        default: RoostError(.conflict, "The function already has a URL.", field: "url")
        }
    }

    private static func invalid(_ problem: FunctionProblem) -> RoostError {
        switch problem {
        case .invalidName(let name):
            RoostError(
                .invalidInput,
                "'\(name.prefix(100))' is not a valid name of a function. Expected 1 to 64 letters, digits, '-' or '_'.",
                field: "function"
            )
        case .notAnArchive(let reason):
            RoostError(.invalidInput, sentence("The code is not a zip archive", reason), field: "code")
        case .archiveTooLarge(let limit):
            RoostError(.tooLarge, "The code is larger than the limit of \(limit >> 20) MB.", field: "code")
        case .unpackedTooLarge(let limit):
            RoostError(.tooLarge, "The code unpacks to more than the limit of \(limit >> 20) MB.", field: "code")
        case .unknownRuntime(let name):
            RoostError(
                .invalidInput,
                "Unknown runtime '\(name.prefix(40))'. Expected one of: \(FunctionService.runtimes.joined(separator: ", ")).",
                field: "runtime"
            )
        case .unsupportedRuntime(let name):
            RoostError(
                .invalidInput,
                "The runtime '\(name.prefix(40))' is not supported by this server. Use a Python, or provided.al2023 with a "
                    + "program 'bootstrap'.",
                field: "runtime"
            )
        case .outOfRange(let member, let value, let range):
            RoostError(
                .invalidInput,
                "'\(field(of: member))' must be between \(range.lowerBound) and \(range.upperBound), not \(value).",
                field: field(of: member)
            )
        case .reservedVariables(let names):
            RoostError(
                .invalidInput,
                "The server sets these environment variables itself: \(names.joined(separator: ", ")).",
                field: "environment"
            )
        case .invalidVariableNames(let names):
            RoostError(
                .invalidInput,
                "Invalid names of environment variables: \(listed(names)). Expected a letter, then at least one letter, "
                    + "digit or '_'.",
                field: "environment"
            )
        case .invalidVariableValues(let names):
            RoostError(
                .invalidInput,
                "The values of these environment variables contain a zero byte: \(listed(names)).",
                field: "environment"
            )
        case .invalidHandler(let handler):
            RoostError(
                .invalidInput,
                "Invalid handler '\(handler.prefix(128))'. Expected MODULE.FUNCTION: 1 to 128 characters without white space "
                    + "and control characters.",
                field: "handler"
            )
        case .variablesTooLarge(let limit):
            RoostError(
                .invalidInput,
                "The environment variables are larger than the limit of \(limit) bytes together.",
                field: "environment"
            )
        case .tooManyLayers(let limit):
            RoostError(.invalidInput, "Too many layers. The limit is \(limit).", field: "layers")
        case .layerTwice(let name): RoostError(.invalidInput, "Layer '\(name)' is listed twice.", field: "layers")
        case .invalidRouting(let reason):
            RoostError(.invalidInput, sentence("The versions of the alias are not valid", reason), field: "alias")
        case .invalidWeight(let version, let weight):
            RoostError(
                .invalidInput,
                "The share of version '\(version)' must be between 0 and 1, not \(weight).",
                field: "alias"
            )
        case .policyOfLatest:
            RoostError(.invalidInput, "The current code has no policy of its own, only the function.", field: "version")
        case .policyTooLong(_, let limit):
            RoostError(.invalidInput, "The function's policy is longer than \(limit) bytes.", field: "statement")
        case .tooManyTags(let limit):
            RoostError(.invalidInput, "Too many tags. The limit is \(limit).", field: "tags")
        case .concurrencyTooHigh(let minimum):
            RoostError(
                .invalidInput,
                "The concurrencies of all functions together leave less than \(minimum) for functions without one.",
                field: "concurrency"
            )
        case .tooManyFunctions(let limit):
            RoostError(.invalidInput, "There are too many functions. The limit is \(limit).", field: "function")
        default: RoostError(.internalError, "Internal error. See the server log.")
        }
    }

    private static func listed(_ names: [String]) -> String {
        names.prefix(5).map { "'\($0.prefix(60))'" }.joined(separator: ", ")
    }

    /// The name that a member of a configuration has in the native API.
    private static func field(of member: String) -> String {
        switch member {
        case "timeout": "timeout_seconds"
        case "memorySize": "memory_mb"
        case "ephemeralStorage": "storage_mb"
        case "reservedConcurrentExecutions": "concurrency"
        default: member
        }
    }

    /// Returns a reason as a sentence: most are one, and the others follow a colon.
    private static func sentence(_ beginning: String, _ reason: String) -> String {
        reason.first?.isUppercase == true ? reason : "\(beginning): \(reason)."
    }
}
