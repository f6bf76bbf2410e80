import Definitions
import Foundation
import Testing

@testable import Events

@Suite("The progress of a webhook")
struct WebhookProgressTests {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func event(_ sequence: Int = 7) -> Event {
        Event(sequence: sequence, time: start, kind: .jobFailed, subject: .init(.job, "j"), message: "It failed.")
    }

    private func take(
        _ progress: inout WebhookProgress,
        _ answer: DeliveryAnswer,
        after seconds: Double = 0,
        jitter: Double = 0
    ) -> DeliveryStep {
        progress.take(answer, to: event(), at: start.addingTimeInterval(seconds), jitter: jitter)
    }

    @Test("the cursor moves only when the receiver accepts the event", arguments: [200, 204, 299])
    func accepted(_ status: Int) {
        var progress = WebhookProgress(cursor: 3)
        #expect(take(&progress, .failure("down")) == .retry(wait: .seconds(1)))
        #expect(progress.cursor == 3 && progress.failures == 1 && progress.lastError == "down")
        #expect(take(&progress, .status(status, retryAfter: nil)) == .advance)
        #expect(progress.cursor == 7 && progress.delivered == 1 && progress.attempts == 0)
        #expect(progress.lastError == nil && progress.lastSuccess == start)
    }

    @Test("the pauses double from one second to five minutes, less a jitter")
    func backOff() {
        var progress = WebhookProgress(cursor: 3)
        let steps = (0..<12).map { _ in take(&progress, .status(503, retryAfter: nil)) }
        let seconds: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        #expect(steps == seconds.map { .retry(wait: .seconds($0)) })
        #expect(take(&progress, .failure(""), jitter: 1) == .retry(wait: .seconds(240)))
        progress.attempts = .max - 1
        #expect(take(&progress, .failure("")) == .retry(wait: .seconds(300)))
    }

    @Test("Retry-After is respected up to an hour")
    func retryAfter() {
        var progress = WebhookProgress(cursor: 3)
        #expect(take(&progress, .status(429, retryAfter: .seconds(90))) == .retry(wait: .seconds(90)))
        #expect(take(&progress, .status(503, retryAfter: .seconds(1_000_000))) == .retry(wait: .seconds(3600)))
        #expect(take(&progress, .status(503, retryAfter: .zero)) == .retry(wait: .seconds(4)))
    }

    @Test("an event that is refused for good is given up after five retries", arguments: [302, 400, 404, 422])
    func refused(_ status: Int) {
        var progress = WebhookProgress(cursor: 3)
        for _ in 0..<5 {
            guard case .retry = take(&progress, .status(status, retryAfter: nil)) else {
                Issue.record("not retried")
                return
            }
        }
        #expect(take(&progress, .status(status, retryAfter: nil)) == .giveUp(wait: .zero))
        #expect(progress.cursor == 7 && progress.givenUp == 1 && progress.failures == 6)
        // The next event has five retries of its own.
        #expect(take(&progress, .status(status, retryAfter: nil)) == .retry(wait: .seconds(1)))
    }

    @Test("refusals that may pass are not for good", arguments: [408, 425, 429, 500, 503])
    func passing(_ status: Int) {
        var progress = WebhookProgress(cursor: 3)
        for _ in 0..<50 {
            guard case .retry = take(&progress, .status(status, retryAfter: nil)) else {
                Issue.record("given up")
                return
            }
        }
        #expect(progress.cursor == 3)
    }

    @Test("an event of more than three days is given up if it cannot be delivered")
    func old() {
        var progress = WebhookProgress(cursor: 3)
        #expect(take(&progress, .failure("down"), after: 3 * 86_400) == .retry(wait: .seconds(1)))
        #expect(take(&progress, .failure("down"), after: 3 * 86_400 + 1) == .giveUp(wait: .seconds(2)))
        #expect(progress.cursor == 7 && progress.givenUp == 1)
        #expect(take(&progress, .status(200, retryAfter: nil), after: 9 * 86_400) == .advance)
    }

    @Test("a receiver that is gone disables the webhook")
    func gone() {
        var progress = WebhookProgress(cursor: 3)
        #expect(take(&progress, .status(410, retryAfter: nil)) == .disable)
        #expect(progress.isDisabled && progress.cursor == 3)
    }
}
