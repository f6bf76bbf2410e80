/// The values that are varied, each with a name.
package struct SearchSpace: Sendable {
}
