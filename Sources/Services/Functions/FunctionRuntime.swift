import Definitions

/// What runs a function's code: an installed Python, or a program of its own.
enum FunctionRuntime: Equatable {
    case python(minor: Int)
    case provided

    /// - Throws: ``FunctionProblem/unknownRuntime(_:)`` or ``FunctionProblem/unsupportedRuntime(_:)``.
    init(_ name: String) throws(FunctionProblem) {
        if name == "provided" || name == "provided.al2" || name == "provided.al2023" {
            self = .provided
        } else if name.hasPrefix("python3."), let minor = Int(name.dropFirst(8)), Self.pythons.contains(minor) {
            self = .python(minor: minor)
        } else if ["nodejs", "java", "dotnet", "go", "ruby"].contains(where: name.hasPrefix) {
            throw .unsupportedRuntime(name)
        } else {
            throw .unknownRuntime(name)
        }
    }

    /// Retired ones are accepted too, and run on the installed Python.
    static let pythons = 6...14

    /// The names of all runtimes.
    static let names =
        pythons.map { "python3.\($0)" } + ["provided", "provided.al2", "provided.al2023"]
}

extension FunctionService {
    /// The names of the runtimes that functions can have.
    package static let runtimes = FunctionRuntime.names
}
