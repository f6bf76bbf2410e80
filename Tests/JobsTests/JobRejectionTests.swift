import Definitions
import Jobs
import Testing

@Suite("Rejections of jobs, as the native API words them")
struct JobRejectionTests {
    private static let channel = DataChannel(name: "train", uri: "s3://b/none")

    @Test(
        "each rejection has a code, a text and a field",
        arguments: [
            (
                .nameTaken(.transform, "j"),
                RoostError(.conflict, "A transform job 'j' already exists.", field: "name")
            ),
            (.missing(.tuning, "j"), RoostError(.notFound, "There is no tuning job 'j'.", field: "job")),
            (
                .ended(.training, "j", .stopped),
                RoostError(.conflict, "The training job 'j' has already ended with status Stopped.", field: "name")
            ),
            (
                .notEnded(.tuning, "j", .stopping),
                RoostError(.conflict, "The tuning job 'j' has not ended yet.", field: "name")
            ),
            (
                .noData(channel, field: "channels[1].uri"),
                RoostError(.notFound, "There are no objects under s3://b/none.", field: "channels[1].uri")
            ),
            (
                .unknownAlgorithm("x", known: ["xgboost", "own"]),
                RoostError(
                    .invalidInput,
                    "There is no algorithm 'x'. Expected one of: xgboost, own. Add a custom algorithm with: roost algorithm "
                        + "add",
                    field: "algorithm"
                )
            ),
            (
                .cannotTrain(name: "x", algorithm: "own"),
                RoostError(.invalidInput, "The algorithm 'own' has no program 'train'.", field: "algorithm")
            ),
            (
                .parentNotEnded("p", field: "warm_start.parents[0]"),
                RoostError(.conflict, "The tuning job 'p' has not ended yet.", field: "warm_start.parents[0]")
            ),
        ] as [(JobRejection, RoostError)]
    )
    func words(rejection: JobRejection, error: RoostError) {
        #expect(RoostError(rejection) == error)
    }
}
