import Definitions
import Encodings
import Files
import Foundation

/// The key of the hashes that the log keeps of keys' values. Without it, a short value could be guessed from its hash.
enum LogSecret {
    /// Reads the key of a data folder, and makes one if there is none.
    ///
    /// - Throws: ``RoostError`` if the file is damaged: with another key, labels and units would no longer fit the log.
    static func read(dataFolder: String) throws -> KeyedHash {
        let path = dataFolder + "/log-secret"
        if let data = FileManager.default.contents(atPath: path) {
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let key = KeyedHash(text) else {
                throw RoostError(
                    .unavailable,
                    "The file 'log-secret' in the data folder is damaged. Restore it, or remove it to begin with a new one; "
                        + "labels by key and units of the log so far will then no longer be found."
                )
            }
            return key
        }
        let key = KeyedHash(.random(in: .min ... .max), .random(in: .min ... .max))
        try Files.write(Data(key.text.utf8), to: path, mode: 0o600)
        return key
    }
}
