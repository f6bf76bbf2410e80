import Definitions

/// What runs a function's code: an installed Python, or a program of its own.
enum FunctionRuntime: Equatable {
    case python(minor: Int)
    case provided

    /// - Throws: ``FunctionProblem/unknownRuntime(_:)`` or ``FunctionProblem/unsupportedRuntime(_:)``.
    init(_ name: String) throws(FunctionProblem) {
        if name == "provided" || name == "provided.al2" || name == "provided.al2023" {
            self = .provided
        } else if let minor = Self.pythons.first(where: { name == "python3.\($0)" }) {
            self = .python(minor: minor)
        } else if ["nodejs", "java", "dotnet", "go", "ruby"].contains(where: name.hasPrefix) {
            throw .unsupportedRuntime(name)
        } else {
            throw .unknownRuntime(name)
        }
    }

    /// Whether a function can have a handler. A program of its own reads it as it likes; it need not have one.
    func canHave(handler: String) -> Bool {
        let characters = handler.unicodeScalars
        guard characters.count <= 128,
            !characters.contains(where: { $0.properties.generalCategory == .control })
        else { return false }
        return self == .provided || !characters.isEmpty && !characters.contains(where: \.properties.isWhitespace)
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
