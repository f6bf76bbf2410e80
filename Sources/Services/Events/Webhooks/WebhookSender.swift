import Definitions
import Encodings
import Foundation
import Outgoing

/// Sends events to the receiver of one webhook.
struct WebhookSender {
    static let timeLimit = Duration.seconds(10)
    /// Enough of a response to say what is wrong.
    private static let responseLimit = 1024

    private let url: String
    private let body: WebhookBody
    private let secret: WebhookSecret
    private let outgoing: OutgoingClient

    /// - Parameter definition: Has a secret.
    init(_ definition: WebhookDefinition, _ outgoing: OutgoingClient) throws(RoostError) {
        url = definition.url
        body = try WebhookBody(definition)
        secret = try WebhookSecret(definition.secret ?? "")
        self.outgoing = outgoing
    }

    func send(_ event: Event, at now: Date) async throws -> OutgoingResponse {
        var request = OutgoingRequest(method: "POST", url: url)
        request.body = try body.data(of: event)
        request.headers = [("content-type", "application/json"), ("user-agent", "roost")]
        request.headers += secret.headers(id: event.messageID, time: now, body: request.body)
        request.timeLimit = Self.timeLimit
        request.bodyLimit = Self.responseLimit
        request.cutsBody = true
        return try await outgoing.send(request)
    }

    /// - Throws: `CancellationError`.
    func deliver(_ event: Event, at now: Date) async throws -> DeliveryAnswer {
        do {
            let response = try await send(event, at: now)
            return .status(response.status, retryAfter: response.retryAfter(at: now))
        } catch let error as CancellationError {
            throw error
        } catch {
            return .failure("\(error)")
        }
    }
}

extension Event {
    /// The same for each attempt. With the time, because a restored data folder may use a sequence again.
    fileprivate var messageID: String { "evt_\(sequence)_\(String(time.microseconds, radix: 36))" }
}

extension OutgoingResponse {
    /// The seconds or the time in the header `Retry-After`.
    func retryAfter(at now: Date) -> Duration? {
        guard let text = headers.first(where: { $0.name.isHeader("retry-after") })?.value else { return nil }
        if let seconds = Int(text) { return .bounded(seconds: seconds) }
        return HTTPDate.date(text).map { .bounded(seconds: Int(saturating: $0.timeIntervalSince(now).rounded(.up))) }
    }
}
