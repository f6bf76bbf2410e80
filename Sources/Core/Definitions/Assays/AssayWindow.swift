public import Foundation

/// What an assay says about one window, in brief.
public struct AssayWindow: Sendable, Hashable, Codable {
    /// Exclusive.
    public var end: Date
    public var status: AssayResult.Status
    /// `nil` if there is not enough data.
    public var score: Double?
    /// The score of a warning, as it was in force; `nil` if there is none.
    public var warn: Double?
    /// The score of an alert, as it was in force.
    public var alert: Double?

    public init(end: Date, status: AssayResult.Status, score: Double?, warn: Double?, alert: Double?) {
        self.end = end
        self.status = status
        self.score = score
        self.warn = warn
        self.alert = alert
    }
}
