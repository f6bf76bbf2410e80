import Foundation

/// Why a file could not be written.
package enum FileProblem: Error, Equatable, CustomStringConvertible {
    /// The disk, the quota or the largest size of a file is reached.
    case full
    /// - Parameter code: `errno`.
    case failed(path: String, code: Int32)

    /// The problem that `errno` tells of.
    package init(path: String) {
        switch errno {
        case ENOSPC, EDQUOT, EFBIG: self = .full
        case let code: self = .failed(path: path, code: code)
        }
    }

    /// For the end of a sentence about what could not be written.
    package var reason: String {
        switch self {
        case .full: "the disk is full"
        case .failed(_, let code): String(cString: strerror(code))
        }
    }

    package var description: String {
        switch self {
        case .full: "The disk is full."
        case .failed(let path, _): "'\(path)' cannot be written: \(reason)."
        }
    }
}
