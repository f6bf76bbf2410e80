package import Definitions
import Foundation
package import Runtimes

/// The built-in algorithms.
package enum Learning {
    /// Runs an algorithm on the folder of a training job; what goes wrong is written there as well.
    ///
    /// - Returns: The exit status: 0; 1 where the user can mend it; 2 where the algorithm broke.
    package static func run(
        _ algorithm: BuiltInAlgorithm,
        in root: String,
        search: RuntimeLibrary.SearchPath,
        threadCount: Int
    ) -> Int32 {
        let folder = LearningFolder(root: root)
        let failure: LearningError
        do {
            switch algorithm {
            case .xgboost: try XGBoostAlgorithm(folder, search: search, threadCount: threadCount).run()
            case .linearLearner, .kmeans, .factorizationMachines:
                throw LearningError.algorithm("'\(algorithm.rawValue)' is not there yet.")
            }
            return 0
        } catch let error as LearningError {
            failure = error
        } catch let error as RuntimeError {
            failure = .algorithm(error.description)
        } catch {
            failure = .algorithm("\(error)")
        }
        logLine(failure.description)
        try? folder.write(Data(failure.description.utf8), to: folder.failure)
        if case .algorithm = failure { return 2 }
        return 1
    }
}
