package import Definitions
import Foundation
package import Runtimes
import Synchronization

/// Runs built-in algorithms in the folder of a training job.
package struct Learner {
    private let folder: LearningFolder
    private let search: RuntimeLibrary.SearchPath
    private let threads: Int
    private let python: String

    /// - Parameters:
    ///   - root: The job's folder: `/opt/ml` in a container.
    ///   - search: Where to look for runtimes.
    ///   - python: The Python whose packages read formats that Roost does not know.
    package init(root: String, search: RuntimeLibrary.SearchPath, threads: Int, python: String = "python3") {
        folder = LearningFolder(root: root)
        self.search = search
        self.threads = max(1, threads)
        self.python = python
    }

    /// Runs an algorithm. An error is also written to the folder.
    ///
    /// - Returns: The process's exit status: 0 for success, 1 for an error that the user can fix, 2 if the algorithm failed.
    package func run(_ algorithm: BuiltInAlgorithm) -> Int32 {
        Termination.watch()
        do throws(LearningError) {
            switch algorithm {
            case .xgboost:
                try XGBoostLearner(folder: folder, threads: threads, search: search, python: python).run()
            case .kmeans: try KMeansLearner(folder: folder, threads: threads).run()
            case .factorizationMachines: try FactorizationLearner(folder: folder, threads: threads).run()
            case .linearLearner: try LinearLearner(folder: folder, threads: threads).run()
            }
            return 0
        } catch {
            LearningLog.error(error.description)
            // The server knows the memory limit and reports it.
            if !error.isOfMemory { folder.writeFailure(error) }
            if case .client = error { return 1 }
            return 2
        }
    }
}

/// The output of an algorithm: whole lines, unbuffered.
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
