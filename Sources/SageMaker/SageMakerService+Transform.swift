extension SageMakerService {
    static let transformOperations: [String: Operation] = [:]
}
