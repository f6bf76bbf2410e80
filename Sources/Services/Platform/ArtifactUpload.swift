import Storage

/// The bytes of an artifact on their way into the store. If it is not finished, it leaves nothing behind.
package final class ArtifactUpload {
    let file: ArtifactStore.Upload

    init(_ file: ArtifactStore.Upload) { self.file = file }

    /// Bytes so far.
    package var byteCount: Int { file.byteCount }
}
