extension SageMakerService {
    static let logOperations: [String: Operation] = [:]
}
