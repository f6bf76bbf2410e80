import AWS
import Foundation

extension AWSCall {
    static func stub(_ operation: String, _ input: [String: JSON] = [:]) -> AWSCall {
        AWSCall(
            operation: operation,
            input: .object(input),
            region: "us-east-1",
            time: Date(timeIntervalSince1970: 1_795_849_538.123)
        )
    }
}
