package import Definitions
package import Foundation

extension DatasetConstraints {
    package static let fileName = "constraints.json"

    /// Reads `constraints.json`.
    ///
    /// Unknown fields are ignored, because SageMaker and other containers have added some.
    ///
    /// - Throws: ``RoostError`` that names the field that is missing or impossible.
    package init(json: Data) throws(RoostError) {
        self = try MonitorJSON.decode(Self.self, from: json, file: Self.fileName)
        var names: Set<String> = []
        for (index, feature) in features.enumerated() {
            let path = "features[\(index)]"
            guard names.insert(feature.name).inserted else {
                throw Self.error("\(path).name", "repeats '\(feature.name.prefix(80))'")
            }
            guard feature.completeness.map({ (0.0...1.0).contains($0) }) ?? true else {
                throw Self.error("\(path).completeness", "must be from 0 to 1")
            }
            if let invalid = feature.overrides?.invalidThreshold {
                throw Self.error("\(path).monitoringConfigOverrides.\(invalid)", "must be from 0 to 1")
            }
        }
        if let invalid = monitoringConfig.invalidThreshold {
            throw Self.error("monitoring_config.\(invalid)", "must be from 0 to 1")
        }
    }

    /// The content of `constraints.json`.
    package func json() throws -> Data { try MonitorJSON.encode(self) }

    private static func error(_ path: String, _ problem: String) -> RoostError {
        RoostError(.invalidInput, "The field '\(path)' of \(fileName) \(problem).", field: path)
    }
}
