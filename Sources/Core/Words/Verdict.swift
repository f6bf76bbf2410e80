/// What has been decided: a word, and why.
package struct Verdict: Sendable, Hashable {
    package var word: String
    package var sentence: String

    package init(word: String, sentence: String) {
        self.word = word
        self.sentence = sentence
    }
}
