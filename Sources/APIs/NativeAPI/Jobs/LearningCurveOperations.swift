package import Definitions
package import Jobs

/// The operations on learning curves that other jobs do not have.
package struct LearningCurveOperations: OperationGroup {
    let jobs: JobService

    package init(jobs: JobService) { self.jobs = jobs }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/learning-curves/{job}/picture",
            id: "getLearningCurvePicture",
            "Get a learning curve as a picture",
            response: .media("image/svg+xml")
        ) { call in
            let name = try call.parameter("job")
            guard let curve = try await jobs.job(LearningCurve.self, named: name)?.job else {
                throw JobRejection.missing(.learningCurve, name)
            }
            return Reply(.bytes(Array(LearningCurvePicture.svg(of: curve).utf8)), contentType: "image/svg+xml")
        }
    }
}
