/// A local file with the bytes of an artifact or a blob, for code that reads files by their paths.
///
/// The store of a folder lends the stored file itself, so it must never be changed. Keep this value as long as the path is used: a
/// store that has to fetch the bytes first removes the file with it.
package struct LocalCopy: Sendable {
    package let path: String

    package init(path: String) { self.path = path }
}
