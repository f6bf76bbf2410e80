/// Reads files of records in SageMaker's protobuf format.
struct RecordIOReader: Sendable {
    func read(_ channel: LearningFolder.Channel) throws(LearningError) -> TrainingData {
        throw .client("Channel '\(channel.name)': recordio-protobuf cannot be read yet; give csv or libsvm.")
    }
}
