/// What a name may be of.
package enum NamedRecord: String, Sendable {
    case pipeline, suite, loop
}
