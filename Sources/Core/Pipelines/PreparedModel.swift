package import Definitions
package import Runtimes

/// A model version that is loaded, warmed up, and whose run time is known.
package final class PreparedModel: Sendable {
    package let version: ModelVersion
    package let loaded: any LoadedModel
    /// As it was measured when the model was warmed up.
    package let cost: RunCost
    /// What runs have taken since.
    let history = RunHistory()

    /// Loads nothing, but runs the model a few times: not for an event loop.
    ///
    /// - Parameter timeLimit: A model that does not end its first run by then counts as costly.
    package init(version: ModelVersion, loaded: any LoadedModel, timeLimit: Duration = .seconds(5)) {
        self.version = version
        self.loaded = loaded
        cost = RunCost.measure(loaded, timeLimit: timeLimit)
    }

    package var name: String { version.model }

    /// Nanoseconds that a run of so many rows will take: as measured, or longer where such runs have taken longer.
    func nanoseconds(rows: Int) -> Int { max(cost.nanoseconds(rows: rows), history.nanoseconds(rows: rows)) }
}
