package import Definitions
package import Runtimes

/// A model version that is loaded and warmed up, with a measured run time.
package final class PreparedModel: Sendable {
    package let version: ModelVersion
    package let loaded: any LoadedModel
    /// The cost measured during the warm-up.
    package let cost: RunCost
    /// The durations of later runs.
    let history = RunHistory()

    /// Warms up a loaded model with a few runs. Do not call it on an event loop.
    ///
    /// - Parameter timeLimit: A model that has not finished its first run by then counts as costly.
    package init(version: ModelVersion, loaded: any LoadedModel, timeLimit: Duration = .seconds(5)) {
        self.version = version
        self.loaded = loaded
        cost = RunCost.measure(loaded, timeLimit: timeLimit)
    }

    package var name: String { version.model }

    /// Estimates the duration of a run with `rows` rows: as measured, or longer if such runs have taken longer.
    func nanoseconds(rows: Int) -> Int { max(cost.nanoseconds(rows: rows), history.nanoseconds(rows: rows)) }
}
