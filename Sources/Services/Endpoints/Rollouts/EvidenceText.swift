import Definitions
import Foundation

/// Evidence as text.
enum EvidenceText {
    /// Returns evidence as odds, such as `128 to 1`.
    ///
    /// - Parameter logarithm: ln E.
    static func ratio(_ logarithm: Double) -> String {
        guard logarithm < 13.8 else { return "more than 1000000 to 1" }
        return "\(Int(saturating: exp(logarithm).rounded())) to 1"
    }
}
