import Definitions
import Pipelines
import Runtimes

extension PreparedModel {
    /// The description of the model in its deployment.
    var deployed: DeployedModel {
        DeployedModel(
            model: version.model,
            version: version.id,
            framework: version.framework,
            runTimeMicroseconds: Double(cost.oneRow) / 1000,
            runsOn: cost.oneRow <= RunCost.eventLoopNanoseconds ? "event loop" : "thread pool"
        )
    }
}
