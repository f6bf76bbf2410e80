package import Foundation

// Swift ends the process where a number does not fit: in a conversion, a product, a `Duration`. Numbers that come from outside
// (requests, files, options, the clock) go through these instead.

extension FixedWidthInteger {
    /// The nearest whole number that the type holds; 0 for what is not a number.
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
    /// The times that are taken from outside: those of the years 1 to 9999, which every notation of a time can write.
    package static let supported =
        Date(timeIntervalSince1970: -62_135_596_800)...Date(timeIntervalSince1970: 253_402_300_799)

    /// - Parameter seconds: Since the epoch.
    /// - Returns: `nil` for a time that is not ``supported``.
    package init?(checked seconds: Double) {
        // Compared as numbers: a date that is none is in every range of dates.
        let bounds = Self.supported.lowerBound.timeIntervalSince1970...Self.supported.upperBound.timeIntervalSince1970
        guard bounds.contains(seconds) else { return nil }
        self.init(timeIntervalSince1970: seconds)
    }

    /// The nearest time that is ``supported``; the epoch for what is not a number.
    package var clamped: Date {
        timeIntervalSince1970.isNaN
            ? Date(timeIntervalSince1970: 0) : min(max(self, Self.supported.lowerBound), Self.supported.upperBound)
    }

    /// Milliseconds since the epoch, of the nearest time that is ``supported``.
    package var milliseconds: Int64 { Int64(saturating: (clamped.timeIntervalSince1970 * 1e3).rounded()) }

    /// Microseconds since the epoch, of the nearest time that is ``supported``.
    package var microseconds: Int64 { Int64(saturating: (clamped.timeIntervalSince1970 * 1e6).rounded()) }

    /// The nearest time that is ``supported``: what is kept may be another program's doing.
    package init(microseconds: Int64) { self = Date(timeIntervalSince1970: Double(microseconds) / 1e6).clamped }
}

extension Int {
    /// The product; `nil` where it does not fit.
    package func times(_ other: Int) -> Int? {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? nil : product
    }
}
