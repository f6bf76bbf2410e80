import Definitions
import Foundation

/// What came of an attempt to deliver an event.
enum DeliveryAnswer: Equatable {
    /// - Parameter retryAfter: How long the receiver asks to wait.
    case status(Int, retryAfter: Duration?)
    /// There was no response.
    case failure(String)
}

/// What to do after an attempt.
enum DeliveryStep: Equatable {
    /// Deliver the next event.
    case advance
    /// Deliver the next event, because this one was given up.
    case giveUp(wait: Duration)
    /// Deliver the same event again.
    case retry(wait: Duration)
    /// Deliver nothing any more.
    case disable
}

extension WebhookProgress {
    /// How often an event is sent again that the receiver refuses for good.
    static let refusalLimit = 5
    /// The age at which an event is given up that cannot be delivered.
    static let ageLimit: TimeInterval = 3 * 86_400
    /// The longest pauses: between attempts, and those that a receiver asks for.
    static let longestWait = 300.0
    static let longestRetryAfter = Duration.seconds(3600)

    /// Takes in what came of an attempt to deliver an event, and decides what to do next.
    ///
    /// - Parameters:
    ///   - jitter: A number in 0...1 that keeps servers from trying again at the same moment.
    mutating func take(_ answer: DeliveryAnswer, to event: Event, at now: Date, jitter: Double) -> DeliveryStep {
        switch answer {
        case .status(200...299, _):
            cursor = event.sequence
            attempts = 0
            refusals = 0
            delivered += 1
            lastSuccess = now
            lastError = nil
            return .advance
        case .status(let status, let retryAfter):
            fail("The receiver responded with status \(status).", at: now)
            if status == 410 {
                isDisabled = true
                return .disable
            }
            if (300...499).contains(status), ![408, 425, 429].contains(status) {
                refusals += 1
                if refusals > Self.refusalLimit {
                    // The receiver is there, and may accept the next one.
                    attempts = 0
                    return giveUp(event, wait: .zero)
                }
            }
            return again(event, at: now, wait: max(wait(jitter), min(retryAfter ?? .zero, Self.longestRetryAfter)))
        case .failure(let reason):
            fail(reason, at: now)
            return again(event, at: now, wait: wait(jitter))
        }
    }

    private mutating func fail(_ reason: String, at now: Date) {
        attempts += 1
        failures += 1
        lastFailure = now
        lastError = String(reason.prefix(500))
    }

    private mutating func again(_ event: Event, at now: Date, wait: Duration) -> DeliveryStep {
        now.timeIntervalSince(event.time) > Self.ageLimit ? giveUp(event, wait: wait) : .retry(wait: wait)
    }

    private mutating func giveUp(_ event: Event, wait: Duration) -> DeliveryStep {
        cursor = event.sequence
        refusals = 0
        givenUp += 1
        return .giveUp(wait: wait)
    }

    /// Twice as long after each attempt, from one second on.
    private func wait(_ jitter: Double) -> Duration {
        .bounded(seconds: min(exp2(Double(min(attempts, 30) - 1)), Self.longestWait) * (1 - 0.2 * jitter))
    }
}
