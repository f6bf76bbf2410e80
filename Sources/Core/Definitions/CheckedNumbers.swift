package import Foundation

// Swift traps if a number does not fit: in a conversion, a product, a `Duration`. Numbers from outside (requests, files, options,
// the clock) use these functions instead.

extension FixedWidthInteger {
    /// Converts to the nearest value that the type can hold; NaN becomes 0.
    package init(saturating value: Double) {
        let rounded = value.rounded(.towardZero)
        if let exact = Self(exactly: rounded) {
            self = exact
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }
}

extension Date {
    /// The range of accepted times: the years 1 to 9999, which every date format can express.
    package static let supported =
        Date(timeIntervalSince1970: -62_135_596_800)...Date(timeIntervalSince1970: 253_402_300_799)

    /// - Parameter seconds: Since the epoch.
    /// - Returns: `nil` if the time is not ``supported``.
    package init?(checked seconds: Double) {
        // Compared as numbers: every range of dates contains a NaN date.
        let bounds = Self.supported.lowerBound.timeIntervalSince1970...Self.supported.upperBound.timeIntervalSince1970
        guard bounds.contains(seconds) else { return nil }
        self.init(timeIntervalSince1970: seconds)
    }

    /// The nearest ``supported`` time; NaN becomes the epoch.
    package var clamped: Date {
        timeIntervalSince1970.isNaN
            ? Date(timeIntervalSince1970: 0) : min(max(self, Self.supported.lowerBound), Self.supported.upperBound)
    }

    /// Milliseconds from the epoch to the nearest ``supported`` time.
    package var milliseconds: Int64 { Int64(saturating: (clamped.timeIntervalSince1970 * 1e3).rounded()) }

    /// Microseconds from the epoch to the nearest ``supported`` time.
    package var microseconds: Int64 { Int64(saturating: (clamped.timeIntervalSince1970 * 1e6).rounded()) }

    /// Creates the nearest ``supported`` time, as `init(microseconds:)` does.
    package init(milliseconds: Int64) { self = Date(timeIntervalSince1970: Double(milliseconds) / 1e3).clamped }

    /// Creates the nearest ``supported`` time, because another program may have changed what is stored.
    package init(microseconds: Int64) { self = Date(timeIntervalSince1970: Double(microseconds) / 1e6).clamped }
}

extension Int {
    /// Returns the product; `nil` on overflow.
    package func times(_ other: Int) -> Int? {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? nil : product
    }
}
