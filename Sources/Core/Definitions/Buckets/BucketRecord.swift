package import Foundation

package struct BucketRecord: Sendable {
    package let name: String
    package let region: String
    package let createdAt: Date

    package init(name: String, region: String, createdAt: Date) {
        self.name = name
        self.region = region
        self.createdAt = createdAt
    }
}

/// The result of removing a bucket.
package enum BucketRemoval: Sendable, Equatable {
    case removed(blobs: [String])
    case notEmpty
    case noBucket
}
