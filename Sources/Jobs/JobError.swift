import Foundation
import ObjectStore
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
        if let error = error as? ObjectStoreError { return error.description }
        if let error = error as? ProcessError { return error.description }
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
        for candidate in [underlying, error].compactMap({ $0 }) where candidate.domain == NSPOSIXErrorDomain {
            return candidate.code == Int(ENOSPC) ? "the disk is full" : String(cString: strerror(Int32(candidate.code)))
        }
        if error.domain == NSCocoaErrorDomain, error.code == CocoaError.fileWriteOutOfSpace.rawValue {
            return "the disk is full"
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
