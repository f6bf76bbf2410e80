import AWS
import DataFolder
import Foundation
import Functions
import Lambda
import Logging
import Programs
import Runtimes
import TestSupport
import Testing

/// A server's functions without the server: requests as AWS's clients send them, and no processes.
struct LambdaAPI {
    /// A zip archive with the file `app.py`.
    static let archive =
        "UEsDBBQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAYXBwLnB5ZGVmIGhhbmRsZXIoZXZlbnQsIGNvbnRleHQpOgogICAgcmV0dXJuIGV2ZW50ClBL"
        + "AQIUAxQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAAAAAAAAAAACAAQAAAABhcHAucHlQSwUGAAAAAAEAAQA0AAAAUgAAAAAA"

    let functions: FunctionService
    private let dispatcher: AWSDispatcher

    static func run(_ body: (LambdaAPI) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
            let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
                InspectedModel(signature: .floats(2))
            }
            let service = LambdaService(functions: data.functions)
            let dispatcher = AWSDispatcher([service], logger: Logger(label: "test"))
            try await body(LambdaAPI(functions: data.functions, dispatcher: dispatcher))
            await data.close()
        }
    }

    @discardableResult
    func send(
        _ method: String,
        _ target: String,
        _ body: String = "",
        expecting status: Int = 200,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> JSON {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        let response = await dispatcher.respond(
            rest: "lambda",
            method: method,
            path: parts[0],
            query: parts.count > 1 ? parts[1] : "",
            header: { _ in nil },
            body: Data(body.replacing("ARCHIVE", with: Self.archive).utf8),
            caller: AWSCaller(nil),
            requestID: "r"
        )
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(response.status == status, "\(text)", sourceLocation: sourceLocation)
        return JSON(parsing: response.body) ?? .null
    }

    func create(_ more: String = "") async {
        await send(
            "POST",
            "/2015-03-31/functions",
            """
            {"FunctionName": "f", "Runtime": "python3.11", "Role": "arn:aws:iam::000000000000:role/r",
            "Handler": "app.handler", "Code": {"ZipFile": "ARCHIVE"}\(more)}
            """,
            expecting: 201
        )
    }
}
