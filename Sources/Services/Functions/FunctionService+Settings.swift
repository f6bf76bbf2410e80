import Definitions

extension FunctionService {
    package static let tagLimit = 50
    /// The most events that all functions handle at once, as AWS counts them for a new account.
    package static let concurrencyLimit = 1000
    /// How much of it is left to the functions without a concurrency of their own.
    package static let unreservedMinimum = 100

    /// Adds or replaces tags of a function, and removes others.
    package func changeTags(
        of name: String,
        adding added: [String: String] = [:],
        removing removed: [String] = []
    ) async throws {
        try await change(name) { function in
            var tags = function.tags.merging(added) { _, new in new }
            for key in removed { tags[key] = nil }
            try Self.check(tags: tags)
            function.tags = tags
        }
    }

    static func check(tags: [String: String]) throws(FunctionProblem) {
        guard tags.count <= tagLimit else { throw .tooManyTags(limit: tagLimit) }
    }

    /// Sets the most events that a function handles at once.
    ///
    /// - Parameter count: 0 to refuse all events; `nil` to remove the setting.
    package func reserveConcurrency(_ count: Int?, for name: String) async throws {
        try await change(name) { function in
            if let count { try self.check(concurrency: count, of: name) }
            function.reservedConcurrency = count
        }
    }

    func check(concurrency count: Int, of name: String) throws(FunctionProblem) {
        let limit = Self.concurrencyLimit - Self.unreservedMinimum
        guard count >= 0 else {
            throw .outOfRange(member: "reservedConcurrentExecutions", value: count, range: 0...limit)
        }
        guard count <= limit - reservedConcurrency(except: name) else {
            throw .concurrencyTooHigh(minimumLeft: Self.unreservedMinimum)
        }
    }

    /// The sum of the concurrencies that functions have of their own.
    package func reservedConcurrency(except name: String? = nil) -> Int {
        all().reduce(0) { $0 + ($1.name == name ? 0 : $1.reservedConcurrency ?? 0) }
    }
}
