/// Why a pipeline was not deployed when the server started.
extension Deployments {
    static let safeMode =
        "Not deployed because the server runs in safe mode. Undeploy the pipeline, or deploy another version, and restart the "
        + "server without --safe-mode."

    static let unreadable = "The pipeline's definition cannot be read. Define the pipeline again and deploy it."
}
