package import Foundation

/// When objects of a bucket are removed by themselves.
package struct LifecycleRules: Codable, Sendable, Equatable {
    package struct Rule: Codable, Sendable, Equatable {
        package var id: String
        package var isEnabled: Bool
        /// How the keys begin of the objects that the rule is for.
        package var prefix = ""
        /// All of which an object must have.
        package var tags: [ObjectTag] = []
        /// The size in bytes that an object must exceed.
        package var largerThan: Int?
        /// The size in bytes that an object must not reach.
        package var smallerThan: Int?
        /// The age in days at which an object is removed.
        package var days: Int?
        /// From when on objects are removed.
        package var date: Date?
        /// The age in days at which an upload that is not complete is removed.
        package var uploadDays: Int?
        /// What concerns versions of objects, of which there are none: kept to be given back.
        package var noncurrentDays: Int?
        package var newerNoncurrentVersions: Int?
        package var expiresDeleteMarkers: Bool?

        package init(id: String, isEnabled: Bool) {
            self.id = id
            self.isEnabled = isEnabled
        }

        /// Whether the rule removes an object at a time.
        package func expires(_ object: ObjectRecord, at now: Date) -> Bool {
            guard isEnabled, object.key.utf8.starts(with: prefix.utf8),
                largerThan.map({ object.byteCount > $0 }) ?? true, smallerThan.map({ object.byteCount < $0 }) ?? true,
                tags.isEmpty || tags.allSatisfy(object.tags.contains)
            else { return false }
            if let date { return now >= date }
            return days.map { now >= LifecycleRules.midnight(after: $0, from: object.modifiedAt) } ?? false
        }
    }

    package static let ruleLimit = 1000
    package static let dayLimit = 2_147_483_647

    package var rules: [Rule]

    package init(rules: [Rule]) { self.rules = rules }

    /// Returns the next midnight in UTC after a number of days, when S3 removes an object.
    package static func midnight(after days: Int, from time: Date) -> Date {
        let day = 86_400.0
        return Date(timeIntervalSince1970: ((time.timeIntervalSince1970 / day).rounded(.down) + Double(days) + 1) * day)
    }
}
