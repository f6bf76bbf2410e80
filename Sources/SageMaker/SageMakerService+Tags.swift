extension SageMakerService {
    static let tagOperations: [String: Operation] = [:]
}
