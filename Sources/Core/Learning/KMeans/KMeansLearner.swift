import Foundation
import Runtimes

/// The algorithm `kmeans`: reads `train`, finds the centers, and writes `model.json`.
struct KMeansLearner {
    let folder: LearningFolder
    let threads: Int

    func run() throws(LearningError) {
        let hyperparameters = try Hyperparameters(try folder.hyperparameters(), specs: Self.specs)
        let channels = try folder.channels()
        let reader = ChannelReader(threads: threads, isLabeled: false)
        guard let data = try reader.read(channels["train"]) else { throw .client("Missing required channel: train") }
        let dimension = hyperparameters.integer("feature_dim")
        try LearningFolder.check(data, against: dimension, channel: "train")
        let width = max(dimension ?? 0, data.columnCount)
        let rows = data.denseRows(width: width)
        let centerCount = hyperparameters.integer("k") ?? 1
        guard data.rowCount >= centerCount else {
            throw .client("Channel 'train' has \(data.rowCount) rows, but needs at least \(centerCount) for k.")
        }
        LearningLog.info("Train data has \(data.rowCount) rows and \(width) columns")
        var algorithm = KMeans(centerCount: centerCount)
        if hyperparameters["init_method"] == "random" { algorithm.initialization = .random }
        algorithm.maxRounds = hyperparameters.integer("local_lloyd_max_iter") ?? algorithm.maxRounds
        algorithm.tolerance = hyperparameters.number("local_lloyd_tol") ?? algorithm.tolerance
        algorithm.tryCount = hyperparameters.integer("local_lloyd_num_trials") ?? algorithm.tryCount
        let found = algorithm.fit(rows, columnCount: width)
        report("train", found.meanSquaredDistance, data.rowCount)
        if let test = try reader.read(channels["test"]) {
            try LearningFolder.check(test, against: width, channel: "test")
            let mean = test.denseRows(width: width).withUnsafeBufferPointer {
                KMeans.meanSquaredDistance(of: $0, width, to: found.model)
            }
            report("test", mean, test.rowCount)
        }
        try folder.writeModel(found.model)
    }

    private func report(_ channel: String, _ mean: Double, _ rowCount: Int) {
        LearningLog.quality(channel, "msd", mean)
        LearningLog.quality(channel, "ssd", mean * Double(rowCount))
    }

    /// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/k-means-api-config.html
    static let specs: [HyperparameterSpec] = [
        .init("feature_dim", .integer(1...Int(Int32.max)), isRequired: true),
        .init("k", .integer(1...1_000_000), isRequired: true),
        .init("init_method", .choice(["random", "kmeans++"])),
        .init("local_lloyd_init_method", .choice(["random", "kmeans++"])),
        .init("local_lloyd_max_iter", .integer(1...1_000_000)),
        .init("local_lloyd_tol", .number(.between(0, 1))),
        .init("local_lloyd_num_trials", .text),
        // These configure the online phase of SageMaker's algorithm. They have no effect: every round sees all rows.
        .init("epochs", .integer(1...1_000_000)),
        .init("mini_batch_size", .integer(1...Int(Int32.max))),
        .init("extra_center_factor", .text),
        .init("half_life_time_size", .integer(0...Int(Int32.max))),
        // The SageMaker SDK sends it with every job.
        .init("force_dense", .choice(["True", "False", "true", "false"])),
        .init("eval_metrics", .text),
        .init("_tuning_objective_metric", .text),
    ]
}
