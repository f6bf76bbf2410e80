import AWS
import Definitions
import Encodings
import Foundation

/// When a function's configuration is returned: its state says whether a change is in progress.
enum ConfigurationMoment {
    /// In the response of what creates the function or the version.
    case created
    /// In the response of a change.
    case updated
    case settled
    /// In a list, which has no states.
    case listed
}

extension FunctionVersion {
    /// The structure `FunctionConfiguration`.
    ///
    /// - Parameters:
    ///   - function: The name of the function.
    ///   - qualifier: What the ARN ends with.
    func json(
        function: String,
        qualifier: String?,
        region: String,
        at moment: ConfigurationMoment = .settled
    ) -> JSON {
        JSON.members([
            "FunctionName": .string(function),
            "FunctionArn": .string(FunctionName.arn(function, qualifier, region: region)),
            "Version": .string(number),
            "Runtime": .string(configuration.runtime),
            "Role": .string(configuration.role),
            "Handler": .string(configuration.handler),
            "Description": .string(configuration.description),
            "Timeout": .number(Double(configuration.timeout)),
            "MemorySize": .number(Double(configuration.memory)),
            "EphemeralStorage": .object(["Size": .number(Double(configuration.storage))]),
            "CodeSize": .number(Double(code.byteCount)),
            "CodeSha256": .string(code.base64Digest),
            "LastModified": .string(modifiedAt.lambdaTime),
            "RevisionId": .string(revision),
            "PackageType": .string("Zip"),
            "Architectures": .array([.string(configuration.architecture)]),
            "TracingConfig": .object(["Mode": .string(configuration.tracing)]),
            "SnapStart": .object(["ApplyOn": .string("None"), "OptimizationStatus": .string("Off")]),
            "LoggingConfig": logging(function),
            "Environment": configuration.environment.isEmpty
                ? nil : .object(["Variables": .strings(configuration.environment)]),
            "Layers": configuration.layers.isEmpty
                ? nil
                : .array(
                    configuration.layers.map { layer in
                        .object([
                            "Arn": .string(LayerName.arn(layer, region: region)),
                            "CodeSize": .number(Double(layer.code?.byteCount ?? 0)),
                        ])
                    }
                ),
        ]).merging(state(moment, region: region))
    }

    private func logging(_ function: String) -> JSON {
        .members([
            "LogFormat": .string(configuration.logsJSON ? "JSON" : "Text"),
            "LogGroup": .string("/aws/lambda/\(function)"),
            "ApplicationLogLevel": configuration.logsJSON ? .string(configuration.logLevel ?? "INFO") : nil,
            "SystemLogLevel": configuration.logsJSON ? .string("INFO") : nil,
        ])
    }

    private func state(_ moment: ConfigurationMoment, region: String) -> [String: JSON?] {
        let reason = JSON.string("The function is being created.")
        let reasonCode = JSON.string("Creating")
        var state: [String: JSON?]
        switch moment {
        case .listed: return [:]
        case .created: state = ["State": .string("Pending"), "StateReason": reason, "StateReasonCode": reasonCode]
        case .updated:
            state = [
                "State": .string("Active"), "LastUpdateStatus": .string("InProgress"), "LastUpdateStatusReason": reason,
                "LastUpdateStatusReasonCode": reasonCode,
            ]
        case .settled: state = ["State": .string("Active"), "LastUpdateStatus": .string("Successful")]
        }
        state["RuntimeVersionConfig"] = .object([
            "RuntimeVersionArn": .string("arn:aws:lambda:\(region)::runtime:\(Self.runtimeID(configuration.runtime))")
        ])
        return state
    }

    /// 64 hexadecimal digits that differ from runtime to runtime.
    private static func runtimeID(_ runtime: String) -> String {
        (0..<4).map { salt in
            withUnsafeBytes(of: StableHash.hash(runtime, salt: salt).bigEndian) { $0.hexadecimal }
        }.joined()
    }
}

extension FunctionCode {
    /// The digest as AWS writes it.
    var base64Digest: String { Data([UInt8](hexadecimal: digest) ?? []).base64EncodedString() }
}

extension Date {
    /// `2026-11-28T07:03:17.123+0000`.
    var lambdaTime: String { RFC3339.string(milliseconds: milliseconds).dropLast() + "+0000" }
}
