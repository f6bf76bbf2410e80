import Files

/// Why an object could not be stored.
package enum StorageError: Error, CustomStringConvertible {
    case writeFailed(reason: String)
    /// The disk is full.
    case full
    /// The stored file was changed from outside.
    case damaged(name: String, expected: Int, actual: Int)

    init(_ problem: FileProblem) { self = problem == .full ? .full : .writeFailed(reason: problem.reason) }

    package var description: String {
        switch self {
        case .writeFailed(let reason): "The object cannot be stored: \(reason)."
        case .full: "The object cannot be stored: the disk is full."
        case .damaged(let name, let expected, let actual):
            "The stored object '\(name)' is damaged: it has \(actual) bytes, but \(expected) were stored."
        }
    }
}
