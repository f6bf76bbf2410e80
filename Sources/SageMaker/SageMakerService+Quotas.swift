extension SageMakerService {
    static let quotaOperations: [String: Operation] = [:]
}
