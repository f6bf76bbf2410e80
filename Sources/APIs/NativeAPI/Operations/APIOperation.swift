import Definitions

/// An operation of the server: its route, what the OpenAPI document says of it, and its handler.
///
/// The types of the bodies are part of the declaration, so the handler cannot return anything but what the document promises.
package struct APIOperation: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// What a body contains.
    package enum Content: Sendable {
        case json(any WireType.Type)
        /// JSON, or the same in YAML.
        case definition(any WireType.Type)
        /// Bytes of a media type.
        case media(String)
    }

    package struct Request: Sendable {
        package let content: Content
        package let isRequired: Bool

        package init(_ content: Content, isRequired: Bool = true) {
            self.content = content
            self.isRequired = isRequired
        }
    }

    package typealias Handler = @Sendable (Call) async throws -> Reply

    /// The maximum number of bytes of a definition; nobody writes one of this size.
    package static let definitionLimit = 4 << 20

    package let method: Method
    /// `{name}` stands for one segment.
    package let path: String
    package let id: String
    package let summary: String
    package let query: [QueryParameter]
    package let request: Request?
    /// The maximum number of bytes of a body that is read as a whole.
    package var bodyLimit = Self.definitionLimit
    package let response: Content
    /// The statuses of success, each with its description.
    package private(set) var statuses: [(status: Reply.Status, description: String)]
    /// Whether the work ends if the client closes its connection. The server then closes it after the response.
    package var endsWithClient = false
    /// The body of an error.
    package var errorBody: any WireType.Type = ErrorBody.self
    /// `nil` if the operation is handled before requests are routed.
    package var handler: Handler?

    package init(
        _ method: Method,
        _ path: String,
        id: String,
        _ summary: String,
        query: [QueryParameter] = [],
        request: Request? = nil,
        response: Content,
        status: Reply.Status = .ok,
        or others: [(status: Reply.Status, description: String)] = [],
        handler: Handler? = nil
    ) {
        self.method = method
        self.path = path
        self.id = id
        self.summary = summary
        self.query = query
        self.request = request
        self.response = response
        statuses = [(status, "Success")] + others
        self.handler = handler
    }

    /// The names of the path's parameters.
    package var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}

/// A parameter in the query of an operation.
package struct QueryParameter: Sendable {
    package let name: String
    package let schema: Schema

    package init(_ name: String, _ schema: Schema = .string()) {
        self.name = name
        self.schema = schema
    }
}

extension APIOperation {
    /// An operation without a body, or with one that is `upload`ed as bytes.
    package init<Value: WireType & Encodable>(
        _ method: Method,
        _ path: String,
        id: String,
        _ summary: String,
        query: [QueryParameter] = [],
        upload: Bool = false,
        returns type: Value.Type,
        status: Reply.Status = .ok,
        handler: @escaping @Sendable (Call) async throws -> Value
    ) {
        self.init(
            method,
            path,
            id: id,
            summary,
            query: query,
            request: upload ? Request(.bytes) : nil,
            response: .json(type),
            status: status
        ) { call in try .json(encoding: await handler(call), status: status) }
    }

    package init<Body: WireType & Decodable, Value: WireType & Encodable>(
        _ method: Method,
        _ path: String,
        id: String,
        _ summary: String,
        query: [QueryParameter] = [],
        body: Body.Type,
        returns type: Value.Type,
        status: Reply.Status = .ok,
        handler: @escaping @Sendable (Call, Body) async throws -> Value
    ) {
        self.init(
            method,
            path,
            id: id,
            summary,
            query: query,
            request: Request(.definition(body)),
            response: .json(type),
            status: status
        ) { call in try .json(encoding: await handler(call, call.decode(body)), status: status) }
    }

    /// An operation whose body is JSON, and may be missing.
    package init<Body: WireType & Decodable, Value: WireType & Encodable>(
        _ method: Method,
        _ path: String,
        id: String,
        _ summary: String,
        query: [QueryParameter] = [],
        optionalBody body: Body.Type,
        returns type: Value.Type,
        status: Reply.Status = .ok,
        handler: @escaping @Sendable (Call, Body?) async throws -> Value
    ) {
        self.init(
            method,
            path,
            id: id,
            summary,
            query: query,
            request: Request(.json(body), isRequired: false),
            response: .json(type),
            status: status
        ) { call in
            let bytes = try await call.body.collect()
            let body = bytes.isEmpty ? nil : try NativeCoding.decode(body, from: bytes)
            return try .json(encoding: await handler(call, body), status: status)
        }
    }

    /// An operation that changes a resource, or creates it.
    ///
    /// - Parameters:
    ///   - creation: The description of the response if the resource is new.
    ///   - handler: Returns the resource, and whether it is new.
    package init<Body: WireType & Decodable, Value: WireType & Encodable>(
        _ method: Method,
        _ path: String,
        id: String,
        _ summary: String,
        body: Body.Type,
        bodyLimit: Int = APIOperation.definitionLimit,
        returns type: Value.Type,
        orCreates creation: String,
        handler: @escaping @Sendable (Call, Body) async throws -> (Value, Bool)
    ) {
        self.init(
            method,
            path,
            id: id,
            summary,
            request: Request(.definition(body)),
            response: .json(type)
        ) { call in
            let (value, isNew) = try await handler(call, call.decode(body))
            return try .json(encoding: value, status: isNew ? .created : .ok)
        }
        self.bodyLimit = bodyLimit
        statuses.append((.created, creation))
    }
}

extension APIOperation.Content {
    package static let bytes = Self.media("application/octet-stream")
}
