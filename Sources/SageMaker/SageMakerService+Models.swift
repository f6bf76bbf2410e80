extension SageMakerService {
    static let modelOperations: [String: Operation] = [:]
}
