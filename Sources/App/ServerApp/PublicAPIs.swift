import APIGateway
import DataFolder
import Definitions
import Functions
import Lambda
import Logging
import Outgoing

/// What users have made public: the APIs of API Gateway, and the URLs of functions.
struct PublicAPIs: Sendable {
    let store: APIStore
    let gateway: Gateway
    let urls: FunctionURLs

    /// - Parameter outgoing: Calls other servers for APIs that pass requests on.
    init(folder: DataFolder, outgoing: OutgoingClient, logger: Logger) {
        let caller = FunctionCaller(functions: folder.functions)
        store = APIStore(platform: folder.platform)
        gateway = Gateway(store: store, outgoing: outgoing, logger: logger) { function, event, timeLimit in
            try await caller.invoke(function, event, within: timeLimit)
                .map { FunctionResult(payload: $0.payload, isError: $0.isError) }
        } note: { function, line in
            caller.note(function, line)
        }
        urls = FunctionURLs(functions: folder.functions, logger: logger)
    }
}
