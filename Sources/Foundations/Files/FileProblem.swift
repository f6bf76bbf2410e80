import Foundation

/// Why a file could not be written.
package enum FileProblem: Error, Equatable, CustomStringConvertible {
    /// The disk, the quota or the largest size of a file is reached.
    case full
    /// - Parameter code: `errno`.
    case failed(path: String, code: Int32)

    /// The problem that `errno` tells of.
    init(path: String) {
        switch errno {
        case ENOSPC, EDQUOT, EFBIG: self = .full
        case let code: self = .failed(path: path, code: code)
        }
    }

    package var description: String {
        switch self {
        case .full: "The disk is full."
        case .failed(let path, let code): "'\(path)' cannot be written: \(String(cString: strerror(code)))."
        }
    }
}
