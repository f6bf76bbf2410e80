/// A type whose JSON travels in requests or responses, and whose schema the OpenAPI document contains.
package protocol WireType: SendableMetatype {
    /// The name of the schema in the document.
    static var schemaName: String { get }
    static var schema: Schema { get }
}

extension WireType {
    package static var schemaName: String { "\(self)" }
}
