import AWS
import Definitions

/// The ARNs of layers and of their versions.
enum LayerName {
    static func arn(_ name: String, region: String) -> String {
        "arn:aws:lambda:\(region):\(AWSAccount.id):layer:\(name)"
    }

    static func arn(_ version: LayerReference, region: String) -> String {
        "\(arn(version.name, region: region)):\(version.number)"
    }

    /// The name in a layer's name or ARN.
    static func name(_ text: String) -> String { text.split(separator: ":").last.map(String.init) ?? text }

    /// Reads the ARN of a layer's version.
    ///
    /// - Returns: `nil` if it cannot be one of this server.
    static func reference(_ arn: String, region: String) throws(AWSError) -> LayerReference? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 8, let number = Int(parts[7]) else { return nil }
        guard parts[3] == region else {
            throw .invalidParameter(
                "Layers are not in the same region as the function. Layers are expected to be in region \(region)."
            )
        }
        return LayerReference(name: String(parts[6]), number: number)
    }
}
