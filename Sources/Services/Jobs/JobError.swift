import Archives
import Definitions
import Foundation
import ObjectStore
import Platform
import Processes

/// Why a job failed, in words for the one who can mend it.
package enum JobError: Error, Sendable, CustomStringConvertible {
    /// The user's to mend.
    case client(String)

    package var description: String {
        switch self {
        case .client(let message): "ClientError: \(message)"
        }
    }

    /// What the system says of an error, without paths of the server.
    static func cause(_ error: any Error) -> String {
        if RoostError(diskFull: error) != nil { return "the disk is full" }
        if let error = error as? ObjectStoreError { return error.description }
        if let error = error as? UntrustedFileError { return error.description }
        if let error = error as? ProcessError { return error.description }
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
        for candidate in [underlying, error].compactMap({ $0 }) where candidate.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(truncatingIfNeeded: candidate.code)))
        }
        return "\(type(of: error as any Error))"
    }
}

enum Bytes {
    /// `8 GiB`, `512 MiB`.
    static func text(_ count: Int) -> String {
        count % (1 << 30) == 0 ? "\(count >> 30) GiB" : "\(count >> 20) MiB"
    }
}
