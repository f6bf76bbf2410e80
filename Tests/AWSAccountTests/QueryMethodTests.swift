import AWS
import Foundation
import Logging
import Testing

@Suite("The methods of the query protocol")
struct QueryMethodTests {
    private struct Service: AWSService {
        static let model: ServiceModel? = nil
        static let description = AWSServiceDescription(
            name: "s",
            operations: ["CreateRole", "DeleteRole", "GetRole", "ListRoles", "DescribeAlarms", "SimulateCustomPolicy"],
            query: .init(version: "1", namespace: "n")
        )

        func run(_ call: AWSCall) async throws -> JSON? { nil }
    }

    private func status(_ method: String, _ action: String, inBody: Bool = false) async -> Int {
        let form = "Action=\(action)"
        return await AWSDispatcher([Service()], logger: Logger(label: "test"))
            .respond(
                service: "s",
                method: method,
                query: inBody ? "" : form,
                body: inBody ? Data(form.utf8) : Data(),
                caller: AWSCaller(nil),
                requestID: "r"
            ).status
    }

    @Test("only a POST changes something", arguments: ["CreateRole", "DeleteRole"], [true, false])
    func changes(action: String, inBody: Bool) async {
        #expect(await status("POST", action, inBody: inBody) == 200)
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            #expect(await status(method, action, inBody: inBody) == 405)
        }
    }

    @Test("a GET reads", arguments: ["GetRole", "ListRoles", "DescribeAlarms", "SimulateCustomPolicy"])
    func reads(action: String) async {
        #expect(await status("GET", action) == 200)
        #expect(await status("POST", action) == 200)
    }
}
