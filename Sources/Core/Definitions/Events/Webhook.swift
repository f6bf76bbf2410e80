public import Foundation

/// Where events are sent, as a user defines it.
public struct WebhookDefinition: Sendable, Hashable, Codable {
    /// What a request to the receiver contains.
    public enum Format: String, Sendable, Hashable, Codable, CaseIterable {
        /// The event.
        case standard
        /// An object with a `text`, for Slack and those that understand its messages.
        case slack
        /// The JSON text that the definition has.
        case template
    }

    public var url: String
    /// The kinds of events to send, or groups such as `release.*`. If empty, all are sent.
    public var kinds: [String]
    /// `nil` for ``Format/template`` if there is a template, or else for ``Format/standard``.
    public var format: Format?
    /// JSON text with placeholders such as `{{message}}`.
    public var template: String?
    /// Signs the requests: `whsec_` and 24 to 64 bytes in base64. The server makes one if it is missing.
    public var secret: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case url, kinds, format, template, secret
    }

    public init(
        url: String,
        kinds: [String] = [],
        format: Format? = nil,
        template: String? = nil,
        secret: String? = nil
    ) {
        self.url = url
        self.kinds = kinds
        self.format = format
        self.template = template
        self.secret = secret
    }

    /// Decodes a definition. An unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        url = try container.decode(String.self, forKey: .url)
        kinds = try container.decodeIfPresent([String].self, forKey: .kinds) ?? []
        format = try container.decodeIfPresent(Format.self, forKey: .format)
        template = try container.decodeIfPresent(String.self, forKey: .template)
        secret = try container.decodeIfPresent(String.self, forKey: .secret)
    }
}

/// A webhook, and what its deliveries have come to.
public struct Webhook: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// Every event has been delivered, or is about to be.
        case active
        /// The last attempt failed; the event is sent again.
        case failing
        /// The receiver said that it is gone. Define the webhook again to go on.
        case disabled
    }

    public var name: String
    /// Only the scheme and the host, because the path of such a URL is often a secret.
    public var url: String
    public var kinds: [String]
    public var format: WebhookDefinition.Format
    public var template: String?
    /// Only in the response to the request for which the server made the secret.
    public var secret: String?
    public var createdAt: Date
    public var state: State
    /// The events that wait to be delivered.
    public var pending: Int
    /// The events that were delivered.
    public var delivered: Int
    /// The attempts that failed.
    public var failures: Int
    /// The events that were given up.
    public var givenUp: Int
    public var lastSuccessAt: Date?
    public var lastFailureAt: Date?
    /// Why the last attempt failed; `nil` if it succeeded.
    public var lastError: String?

    private enum CodingKeys: String, CodingKey {
        case name, url, kinds, format, template, secret, state, pending, delivered, failures
        case createdAt = "created_at"
        case givenUp = "given_up"
        case lastSuccessAt = "last_success_at"
        case lastFailureAt = "last_failure_at"
        case lastError = "last_error"
    }

    public init(
        name: String,
        url: String,
        kinds: [String] = [],
        format: WebhookDefinition.Format = .standard,
        template: String? = nil,
        secret: String? = nil,
        createdAt: Date,
        state: State = .active,
        pending: Int = 0,
        delivered: Int = 0,
        failures: Int = 0,
        givenUp: Int = 0,
        lastSuccessAt: Date? = nil,
        lastFailureAt: Date? = nil,
        lastError: String? = nil
    ) {
        self.name = name
        self.url = url
        self.kinds = kinds
        self.format = format
        self.template = template
        self.secret = secret
        self.createdAt = createdAt
        self.state = state
        self.pending = pending
        self.delivered = delivered
        self.failures = failures
        self.givenUp = givenUp
        self.lastSuccessAt = lastSuccessAt
        self.lastFailureAt = lastFailureAt
        self.lastError = lastError
    }
}

/// What came of a test event.
public struct WebhookTest: Sendable, Hashable, Codable {
    /// Whether the receiver accepted it, with a status of 200 to 299.
    public var isDelivered: Bool
    /// The status of the response; `nil` if there was none.
    public var status: Int?
    /// The beginning of the response's body.
    public var response: String?
    /// Why there was no response.
    public var error: String?
    public var seconds: Double

    private enum CodingKeys: String, CodingKey {
        case status, response, error, seconds
        case isDelivered = "delivered"
    }

    public init(isDelivered: Bool, status: Int?, response: String?, error: String?, seconds: Double) {
        self.isDelivered = isDelivered
        self.status = status
        self.response = response
        self.error = error
        self.seconds = seconds
    }
}
