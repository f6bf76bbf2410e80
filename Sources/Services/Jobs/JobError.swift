import Archives
import Definitions
import Foundation
import Platform
import Storage

/// The reason why a job failed, in words for whoever can fix it.
package enum JobError: Error, Sendable, CustomStringConvertible {
    /// A mistake that the user can fix.
    case client(String)

    package var description: String {
        switch self {
        case .client(let message): "ClientError: \(message)"
        }
    }

    /// Returns the system's description of an error, without the server's paths.
    static func cause(_ error: any Error) -> String {
        if RoostError(diskFull: error) != nil { return "the disk is full" }
        if let error = error as? StorageError { return error.description }
        if let error = error as? UntrustedFileError { return error.description }
        if let error = error as? ExecutorError { return error.description }
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
        for candidate in [underlying, error].compactMap({ $0 }) where candidate.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(truncatingIfNeeded: candidate.code)))
        }
        return "\(type(of: error as any Error))"
    }
}

enum Bytes {
    /// Returns a number of bytes as text, such as `8 GiB` or `512 MiB`.
    static func text(_ count: Int) -> String {
        count % (1 << 30) == 0 ? "\(count >> 30) GiB" : "\(count >> 20) MiB"
    }
}
