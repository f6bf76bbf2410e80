extension SageMakerService {
    static let trainingOperations: [String: Operation] = [:]
}
