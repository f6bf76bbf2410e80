/// Why a function cannot be created, changed or invoked. Each API has its own words for it.
package enum FunctionProblem: Error, Equatable, Sendable {
    case notFound(name: String, qualifier: String?)
    case aliasNotFound(function: String, alias: String)
    case urlNotFound
    case statementNotFound(id: String, hasPolicy: Bool)
    case layerNotFound(LayerReference)
    case alreadyExists(name: String)
    case aliasExists(function: String, alias: String)
    case statementExists(id: String)
    case urlExists
    /// An alias still points to the version.
    case versionInUse(alias: String)

    case invalidName(String)
    case notAnArchive(reason: String)
    case archiveTooLarge(limit: Int)
    case unpackedTooLarge(limit: Int)
    /// The archive cannot be read from its bucket.
    case noSuchBucket(String)
    case noSuchKey(String)
    case unknownRuntime(String)
    /// A runtime that exists, but not here.
    case unsupportedRuntime(String)
    case outOfRange(member: String, value: Int, range: ClosedRange<Int>)
    case reservedVariables([String])
    /// Names that no environment variable of a function can have.
    case invalidVariableNames([String])
    /// Variables whose values have a zero byte, with which no process starts.
    case invalidVariableValues([String])
    case invalidHandler(String)
    case variablesTooLarge(limit: Int)
    case tooManyLayers(limit: Int)
    case layerTwice(String)
    case staleRevision
    /// The code is not the one that the caller meant.
    case otherCode(given: String, current: String)
    case invalidRouting(reason: String)
    /// An alias gives another version a share of the events that is not between 0 and 1.
    case invalidWeight(version: String, weight: Double)
    /// The unpublished version has the function's policy, not one of its own.
    case policyOfLatest
    case policyTooLong(byteCount: Int, limit: Int)
    case tooManyTags(limit: Int)
    /// Too few events would be left for the functions without a concurrency of their own.
    case concurrencyTooHigh(minimumLeft: Int)
    case tooManyFunctions(limit: Int)

    case invalidEvent(reason: String)
    case eventTooLarge(limit: Int)
    /// The function handles as many events as it may.
    case busy(isReserved: Bool)
    /// No function can run, for a reason that the operator can change.
    case unavailable(reason: String)
}
