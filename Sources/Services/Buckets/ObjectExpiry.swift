import Catalog
package import Definitions
import Foundation

/// Removes the objects and uploads whose time is over by the rules of their buckets: every hour, and after a change of the rules.
package actor ObjectExpiry {
    private static let interval = Duration.seconds(3600)

    private var task: Task<Void, Never>?
    private var pause: Task<Void, Never>?
    private var isWoken = false

    /// - Parameter onError: Called with what prevented a round. The next one tries again.
    package func begin(_ buckets: BucketService, onError: @escaping @Sendable (any Error) -> Void) {
        guard task == nil else { return }
        task = Task {
            while !Task.isCancelled {
                isWoken = false
                do {
                    try await buckets.removeExpired(at: Date())
                } catch {
                    onError(error)
                }
                await waitForNextRound()
            }
        }
    }

    private func waitForNextRound() async {
        guard !isWoken, !Task.isCancelled else { return }
        let pause = Task { _ = try? await Task.sleep(for: Self.interval) }
        self.pause = pause
        await pause.value
    }

    /// Begins the next round now.
    package func wake() {
        isWoken = true
        pause?.cancel()
    }

    package func close() async {
        task?.cancel()
        pause?.cancel()
        await task?.value
    }
}

extension BucketService {
    private static let pageLimit = 1000

    /// Returns the rules of a bucket; `nil` if the bucket does not exist, or has none.
    package func lifecycle(of bucket: String) async throws -> LifecycleRules? {
        try await setting(.lifecycle, of: bucket).map { document in
            try JSONDecoder().decode(LifecycleRules.self, from: Data(document.utf8))
        }
    }

    /// Removes what has expired in all buckets.
    ///
    /// - Throws: The last error. An error in one bucket does not keep the others.
    func removeExpired(at now: Date) async throws {
        var failure: (any Error)?
        for bucket in try await catalog.buckets(with: .lifecycle) {
            do {
                try await removeExpired(of: bucket, at: now)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func removeExpired(of bucket: String, at now: Date) async throws {
        guard let rules = try await lifecycle(of: bucket) else { return }
        for rule in rules.rules where rule.isEnabled {
            if rule.days != nil || rule.date != nil {
                try await removeObjects(of: bucket, by: rule, of: rules, at: now)
            }
            if let days = rule.uploadDays {
                let time = now.addingTimeInterval(-86_400 * Double(days))
                await remove(blobs: try await catalog.removeUploads(in: bucket, prefix: rule.prefix, before: time))
            }
        }
    }

    private func removeObjects(
        of bucket: String,
        by rule: LifecycleRules.Rule,
        of rules: LifecycleRules,
        at now: Date
    ) async throws {
        var last = ""
        while !Task.isCancelled {
            let page = try await catalog.objects(in: bucket, prefix: rule.prefix, after: last, limit: Self.pageLimit)
            let expired = page.filter { rule.expires($0, at: now) }
            if !expired.isEmpty {
                // Rules that were changed meanwhile begin a round of their own.
                guard try await lifecycle(of: bucket) == rules else { return }
                // An object that was replaced or tagged meanwhile stays.
                await remove(blobs: try await catalog.removeUnchanged(expired, in: bucket))
            }
            guard page.count == Self.pageLimit, let end = page.last?.key else { return }
            last = end
        }
    }
}
