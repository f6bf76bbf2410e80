package import Foundation

/// A webhook, as the catalog keeps it.
package struct WebhookRecord: Sendable {
    package var name: String
    /// Has a secret.
    package var definition: WebhookDefinition
    package var createdAt: Date
    package var progress: WebhookProgress

    package init(
        name: String,
        definition: WebhookDefinition,
        createdAt: Date,
        progress: WebhookProgress
    ) {
        self.name = name
        self.definition = definition
        self.createdAt = createdAt
        self.progress = progress
    }
}

/// How far the deliveries of a webhook have come.
package struct WebhookProgress: Sendable, Equatable, Codable {
    /// The sequence of the last event that was delivered or given up.
    package var cursor: Int
    /// Whether the receiver has said that it is gone.
    package var isDisabled = false
    /// The attempts that failed since the last success.
    package var attempts = 0
    /// The attempts to deliver the next event that the receiver refused for good.
    package var refusals = 0
    package var delivered = 0
    package var failures = 0
    package var givenUp = 0
    package var lastSuccess: Date?
    package var lastFailure: Date?
    /// `nil` if the last attempt succeeded.
    package var lastError: String?

    /// - Parameter cursor: The newest event; only later ones are sent.
    package init(cursor: Int) { self.cursor = cursor }
}
