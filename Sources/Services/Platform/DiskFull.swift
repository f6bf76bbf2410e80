import Archives
import Catalog
package import Definitions
import Files
import Foundation
import Storage

extension RoostError {
    /// Creates the error to report if `error` was caused by a full disk, whatever was being written: an object, a record or a
    /// job's files. Returns `nil` for any other error.
    package init?(diskFull error: any Error) {
        guard Self.isDiskFull(error) else { return nil }
        self.init(.insufficientStorage, "The server's disk is full. Nothing was stored.")
    }

    private static func isDiskFull(_ error: any Error) -> Bool {
        if let error = error as? RoostError { return error.code == .insufficientStorage }
        if Catalog.isDiskFull(error) { return true }
        if case StorageError.full = error { return true }
        if case FileProblem.full = error { return true }
        if case ArchiveError.full = error { return true }
        let error = error as NSError
        if error.domain == NSCocoaErrorDomain, error.code == CocoaError.fileWriteOutOfSpace.rawValue { return true }
        let causes = [error, error.userInfo[NSUnderlyingErrorKey] as? NSError].compactMap { $0 }
        return causes.contains { cause in
            cause.domain == NSPOSIXErrorDomain
                && [ENOSPC, EDQUOT, EFBIG].contains(Int32(truncatingIfNeeded: cause.code))
        }
    }
}
