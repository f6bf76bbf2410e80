package import Archives
package import Processes

/// Why a program does not start or gave no response.
package enum ProgramError: Error, Equatable {
    /// Its files could not be unpacked; the error is `nil` if the archives were not at fault.
    case unpackingFailed(ArchiveError?)
    case notStarted
    /// It ended by itself.
    case ended(SupervisedProcess.Outcome, lastLines: [String])
    /// It did not become ready in time.
    case notReady
    /// It was closed on purpose.
    case closed
    /// Nothing listens on its port, so nothing was sent.
    case unreachable
    case connectionFailed(reason: String)
    /// It closed the connection, perhaps in the middle of its response.
    case disconnected(isMidway: Bool)
    case silent(seconds: Int)
    /// Its response as a whole takes too long.
    case tooSlow
    /// Its response is not valid HTTP.
    case invalidResponse
    case responseTooLarge(limit: Int)
    /// The request was canceled.
    case cancelled
}
