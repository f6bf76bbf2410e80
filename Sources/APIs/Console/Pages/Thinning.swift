/// The points of a course that a page holds: few enough to be read as a table.
enum Thinning {
    /// The most rows of a table.
    static let limit = 100

    /// The places of the points that stay, spread evenly, with the first and the last one.
    ///
    /// - Parameter kept: The places of those that matter, and stay in any case.
    static func places(_ count: Int, limit: Int = limit, keeping kept: [Int] = []) -> [Int] {
        guard count > limit else { return Array(0..<count) }
        var places = Set(kept.prefix(limit - 2) + [0, count - 1])
        let free = limit - places.count
        for index in 0..<free { places.insert((index + 1) * (count - 1) / (free + 1)) }
        return places.sorted()
    }

    /// The places at which a value is another one than before.
    static func changes<Value: Equatable>(_ values: [Value]) -> [Int] {
        values.indices.dropFirst().filter { values[$0] != values[$0 - 1] }
    }
}
