package import Definitions
import Foundation
package import Runtimes
import Synchronization

/// Runs built-in algorithms over the folder of a training job.
package struct Learner {
    private let folder: LearningFolder
    private let search: RuntimeLibrary.SearchPath
    private let threads: Int

    /// - Parameters:
    ///   - root: The job's folder: `/opt/ml` in a container.
    ///   - search: Where runtimes are looked for.
    package init(root: String, search: RuntimeLibrary.SearchPath, threads: Int) {
        folder = LearningFolder(root: root)
        self.search = search
        self.threads = max(1, threads)
    }

    /// Runs an algorithm; what goes wrong is written to the folder as well.
    ///
    /// - Returns: The process's exit status: 0; 1 where the user can mend it; 2 where the algorithm broke.
    package func run(_ algorithm: BuiltInAlgorithm) -> Int32 {
        Termination.watch()
        do throws(LearningError) {
            switch algorithm {
            case .xgboost: try XGBoostLearner(folder: folder, threads: threads, search: search).run()
            case .kmeans: try KMeansLearner(folder: folder, threads: threads).run()
            case .factorizationMachines: try FactorizationLearner(folder: folder, threads: threads).run()
            case .linearLearner: try LinearLearner(folder: folder, threads: threads).run()
            }
            return 0
        } catch {
            LearningLog.error(error.description)
            // Who runs the job knows of the limit, and says so.
            if !error.isOfMemory { folder.writeFailure(error) }
            if case .client = error { return 1 }
            return 2
        }
    }
}

/// What an algorithm says: whole lines, as they come.
enum LearningLog {
    static func info(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
    static func error(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}

/// Whether the process was asked to end.
enum Termination {
    private static let isAsked = Atomic(false)

    static var isRequested: Bool { isAsked.load(ordering: .relaxed) }

    static func watch() {
        _ = isRequested
        signal(SIGTERM) { _ in Termination.isAsked.store(true, ordering: .relaxed) }
    }
}
